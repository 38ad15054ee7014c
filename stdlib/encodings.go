package stdlib

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/flowc/flowc/compiler/ir"
	"github.com/flowc/flowc/compiler/ir/eval"
)

var encodingFunctions = []entry{
	{
		sig:      "json.encode(v: T) -> string",
		doc:      "The JSON form of the value, compact.",
		examples: []string{`json.encode([1, 2]) == "[1,2]"`, `json.encode("a") == "\"a\""`},
		bind: func(b Binding) (eval.Func, error) {
			of := b.Args[0]
			return one(func(c *eval.Call, v ir.Value) (ir.Value, error) { return encodeJSON(c, v, of) }), nil
		},
	},
	{
		sig:      "json.decode(s: string) -> json",
		doc:      "The document that the text is; a text that is none is an error.",
		examples: []string{`(json.decode("{ \"a\": [1, 2] }") as { a: [int] }).a == [1, 2]`},
		call: one(func(c *eval.Call, s ir.String) (ir.Value, error) {
			if err := c.Grow(len(s)); err != nil {
				return nil, err
			}
			v, err := ir.Decode([]byte(s), ir.JSONType, ir.IgnoreUnknown)
			if err != nil {
				return nil, fmt.Errorf("the text is no JSON: %w", err)
			}
			return v, nil
		}),
	},
	{
		sig:      "base64(b: bytes) -> string",
		doc:      "The bytes, or the text in UTF-8, in base64.",
		examples: []string{`base64("hi") == "aGk="`},
		call: one(func(c *eval.Call, b ir.Bytes) (ir.Value, error) {
			return toBase64(c, string(b))
		}),
	},
	{
		sig: "base64(s: string) -> string",
		doc: "The text in UTF-8, in base64.",
		call: one(func(c *eval.Call, s ir.String) (ir.Value, error) {
			return toBase64(c, string(s))
		}),
	},
	{
		sig:      "sha256(b: bytes) -> string",
		doc:      "The SHA-256 of the bytes, or of the text in UTF-8, in hexadecimal.",
		examples: []string{`starts_with(sha256(""), "e3b0c442")`, `len(sha256("a")) == 64`},
		call: one(func(c *eval.Call, b ir.Bytes) (ir.Value, error) {
			return hash(c, string(b))
		}),
	},
	{
		sig: "sha256(s: string) -> string",
		doc: "The SHA-256 of the text in UTF-8, in hexadecimal.",
		call: one(func(c *eval.Call, s ir.String) (ir.Value, error) {
			return hash(c, string(s))
		}),
	},
}

func encodeJSON(c *eval.Call, v ir.Value, t *ir.Type) (ir.Value, error) {
	doc, err := c.Text(v, t)
	return ir.String(doc), err
}

func toBase64(c *eval.Call, s string) (ir.Value, error) {
	if err := c.Grow(base64.StdEncoding.EncodedLen(len(s))); err != nil {
		return nil, err
	}
	return ir.String(base64.StdEncoding.EncodeToString([]byte(s))), nil
}

func hash(c *eval.Call, s string) (ir.Value, error) {
	sum := sha256.Sum256([]byte(s))
	return ir.String(hex.EncodeToString(sum[:])), c.Spend(len(s) / 16)
}
