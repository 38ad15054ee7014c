package work

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowc/flowc/compiler/ir"
)

// SecretPrefix begins the names of the variables that hold secrets: that of the
// secret `db-password` is in FLOW_SECRET_DB_PASSWORD. What is in no variable is
// in a file of its own name in the folder that SecretsDir names; one newline at
// its end is no part of it. Programs inherit none of these variables.
const (
	SecretPrefix = "FLOW_SECRET_"
	SecretsDir   = "FLOW_SECRETS_DIR"
)

// secretVariable returns the variable that holds a secret.
func secretVariable(name string) string {
	return SecretPrefix + strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
}

// aboutSecrets reports whether a variable is to be kept from programs.
func aboutSecrets(key string) bool { return key == SecretsDir || strings.HasPrefix(key, SecretPrefix) }

// secretIn returns the function that finds secrets by an environment.
func secretIn(env []string) func(string) (string, error) {
	vars := map[string]string{}
	for _, v := range env {
		if key, value, _ := strings.Cut(v, "="); aboutSecrets(key) {
			vars[key] = value
		}
	}
	return func(name string) (string, error) {
		if !isSecretName(name) {
			return "", fmt.Errorf("a secret has no proper name") // which may be the secret itself
		}
		variable := secretVariable(name)
		if value := vars[variable]; value != "" {
			return value, nil
		}
		dir := vars[SecretsDir]
		if dir == "" {
			return "", fmt.Errorf("the secret `%s` is not known: set %s, or %s to the folder with a file of that name", name, variable, SecretsDir)
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", fmt.Errorf("the secret `%s` is not known: %s is not set, and %w", name, variable, err)
		}
		value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		if value == "" {
			return "", fmt.Errorf("the secret `%s` is empty", name)
		}
		return value, nil
	}
}

// secretValue returns the T that the text of a secret<T> stands for.
func secretValue(name, text string, t *ir.Type) (ir.Value, error) {
	var v ir.Value
	var err error
	switch t.Kind {
	case ir.KString:
		v = ir.String(text)
	case ir.KBytes:
		v = ir.Bytes(text)
	default:
		if v, err = ir.Decode([]byte(text), t, ir.IgnoreUnknown); err != nil {
			v, err = ir.Decode(quote(text), t, ir.IgnoreUnknown)
		}
	}
	if err != nil { // which may quote the secret
		return nil, fmt.Errorf("the secret `%s` is no %s", name, t)
	}
	return v, nil
}

// isSecretName reports whether a secret can be named so: with letters, digits,
// `_`, `.` and `-`, beginning with a letter or `_`.
func isSecretName(s string) bool {
	const longest = 64
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
		case ('0' <= c && c <= '9' || c == '.' || c == '-') && i > 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= longest
}
