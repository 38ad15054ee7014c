package activity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

func registerS3(r *Registry) {
	b := &buckets{}
	Register(r, "std/s3.list", b.list)
	Register(r, "std/s3.get", b.get)
	Register(r, "std/s3.put", b.put)
	Register(r, "std/s3.fetch", b.fetch)
	Register(r, "std/s3.store", b.store)
}

// buckets are those of S3.
type buckets struct {
	cloud cloud

	mu     sync.Mutex
	client *s3.Client // nil until it is needed
}

// S3Object is what std/s3.list tells of an object.
type S3Object struct {
	URL      string    `json:"url"`
	Size     Size      `json:"size"`
	Modified time.Time `json:"modified"`
	ETag     string    `json:"etag"`
}

type noObject struct {
	URL string `json:"url"`
}

// place is where an object is.
type place struct{ bucket, key string }

// String returns the address, in which what an address cannot hold is escaped.
func (p place) String() string {
	return (&url.URL{Scheme: "s3", Host: p.bucket, Path: "/" + p.key}).String()
}

// placeOf reads an address. A key that is not escaped as addresses are is taken
// as it is written.
func placeOf(address string) (place, error) {
	rest, ok := strings.CutPrefix(address, "s3://")
	bucket, key, _ := strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return place{}, fmt.Errorf("`%s` is no address of an object: it is written `s3://bucket/key`", address)
	}
	if decoded, err := url.PathUnescape(key); err == nil {
		key = decoded
	}
	return place{bucket, key}, nil
}

// open returns a client, and where an object is.
func (b *buckets) open(ctx context.Context, address string) (*s3.Client, place, error) {
	p, err := placeOf(address)
	if err != nil {
		return nil, p, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != nil {
		return b.client, p, nil
	}
	c, err := b.cloud.load(ctx)
	if err != nil {
		return nil, p, err
	}
	endpoint := aws.ToString(s3.NewFromConfig(c).Options().BaseEndpoint)
	if c, err = at(ctx, c, endpoint); err != nil {
		return nil, p, err
	}
	b.client = s3.NewFromConfig(c, func(o *s3.Options) {
		if endpoint != "" { // other services know buckets by path only, and not every checksum
			o.UsePathStyle = true
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
	})
	return b.client, p, nil
}

// failing makes a sentence of an error; what is not there is the declared one.
func (p place) failing(ctx context.Context, err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && ctx.Err() == nil {
		switch api.ErrorCode() {
		case "NoSuchKey", "NotFound":
			return &Error{Name: "NotFound", Message: fmt.Sprintf("there is no object `%s`", p), Fields: noObject{p.String()}}
		case "NoSuchBucket":
			return &Error{Name: "NotFound", Message: fmt.Sprintf("there is no bucket `%s`", p.bucket), Fields: noObject{p.String()}}
		}
	}
	return awsError(ctx, p.String(), err)
}

type s3ListIn struct {
	Prefix string `json:"prefix"`
	Max    Int    `json:"max"`
}

func (b *buckets) list(ctx context.Context, in s3ListIn) ([]S3Object, error) {
	client, p, err := b.open(ctx, in.Prefix)
	if err != nil {
		return nil, err
	}
	list := []S3Object{}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &p.bucket, Prefix: &p.key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, p.failing(ctx, err)
		}
		if int64(len(list)+len(page.Contents)) > int64(in.Max) {
			return nil, fmt.Errorf("`%s` begins the addresses of more than %d objects; `max` allows more", in.Prefix, in.Max)
		}
		for _, o := range page.Contents {
			list = append(list, S3Object{
				URL: place{p.bucket, aws.ToString(o.Key)}.String(), Size: Size(aws.ToInt64(o.Size)),
				Modified: aws.ToTime(o.LastModified).UTC(), ETag: strings.Trim(aws.ToString(o.ETag), `"`),
			})
		}
	}
	return list, nil
}

type s3GetIn struct {
	URL  string `json:"url"`
	File string `json:"file"`
}

func (b *buckets) get(ctx context.Context, in s3GetIn) (string, error) {
	path, err := resolve(ctx, in.File)
	if err != nil {
		return "", err
	}
	return in.File, b.read(ctx, in.URL, func(body io.Reader) error {
		return replace(path, in.File, nil, func(f *os.File) error { return transfer(ctx, f, body) })
	})
}

// read shows the content of an object.
func (b *buckets) read(ctx context.Context, address string, use func(io.Reader) error) error {
	client, p, err := b.open(ctx, address)
	if err != nil {
		return err
	}
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &p.bucket, Key: &p.key})
	if err != nil {
		return p.failing(ctx, err)
	}
	defer out.Body.Close()
	body := &brokenOff{out.Body, p}
	return use(body)
}

// brokenOff is a body whose breaking off is told as a sentence.
type brokenOff struct {
	io.Reader
	of place
}

// Read reads from the body.
func (b *brokenOff) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("`%s` broke off: %s", b.of, scrub(err.Error()))
	}
	return n, err
}

type s3PutIn struct {
	File string `json:"file"`
	URL  string `json:"url"`
	Type string `json:"type"`
}

func (b *buckets) put(ctx context.Context, in s3PutIn) (string, error) {
	f, info, err := open(ctx, in.File)
	var missing *Error
	if errors.As(err, &missing) { // which this activity does not declare
		return "", errors.New(missing.Message)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	return in.URL, b.write(ctx, in.URL, in.Type, f, info.Size())
}

// Sizes of uploads; variables for tests.
var (
	s3Part  int64 = 64 << 20 // of an object that is sent in parts; more where there would be too many
	s3Whole int64 = 1 << 30  // what is larger is sent in parts
)

// s3Parts is how many parts there may be.
const s3Parts = 10_000

// write makes an object of a file.
func (b *buckets) write(ctx context.Context, address, kind string, f *os.File, size int64) error {
	client, p, err := b.open(ctx, address)
	if err != nil {
		return err
	}
	if p.key == "" || strings.HasSuffix(p.key, "/") {
		return fmt.Errorf("`%s` names no object: it is written `s3://bucket/key`", address)
	}
	if size > s3Whole {
		return p.failing(ctx, p.inParts(ctx, client, kind, f, size))
	}
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &p.bucket, Key: &p.key, Body: f, ContentLength: &size, ContentType: &kind})
	return p.failing(ctx, err)
}

// inParts puts a file that is too large to be sent at once.
func (p place) inParts(ctx context.Context, client *s3.Client, kind string, f io.ReaderAt, size int64) error {
	begun, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &p.bucket, Key: &p.key, ContentType: &kind})
	if err != nil {
		return err
	}
	part := max(s3Part, size/s3Parts+1)
	var done []types.CompletedPart
	for from, n := int64(0), int32(1); from < size && err == nil; from, n = from+part, n+1 {
		length := min(part, size-from)
		var out *s3.UploadPartOutput
		out, err = client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &p.bucket, Key: &p.key, UploadId: begun.UploadId, PartNumber: &n, Body: io.NewSectionReader(f, from, length), ContentLength: &length,
		})
		if err == nil {
			done = append(done, types.CompletedPart{ETag: out.ETag, PartNumber: aws.Int32(n)})
		}
	}
	if err == nil {
		_, err = client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &p.bucket, Key: &p.key, UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
		})
	}
	if err != nil { // parts that are left cost money
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, _ = client.AbortMultipartUpload(late, &s3.AbortMultipartUploadInput{Bucket: &p.bucket, Key: &p.key, UploadId: begun.UploadId})
	}
	return err
}

type s3FetchIn struct {
	URL string `json:"url"`
}

func (b *buckets) fetch(ctx context.Context, in s3FetchIn) (Ref, error) {
	keep := Info(ctx).Keep
	if keep == nil {
		return Ref{}, errors.New("there is no store for values here")
	}
	dir, err := os.MkdirTemp("", "flowc-s3-")
	if err != nil {
		return Ref{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "object")
	err = b.read(ctx, in.URL, func(body io.Reader) error {
		return replace(path, in.URL, nil, func(f *os.File) error { return transfer(ctx, f, body) })
	})
	if err != nil {
		return Ref{}, err
	}
	return keep(path)
}

type s3StoreIn struct {
	Content Ref    `json:"content"`
	URL     string `json:"url"`
	Type    string `json:"type"`
}

func (b *buckets) store(ctx context.Context, in s3StoreIn) (string, error) {
	if in.Content.Path == "" {
		return "", errors.New("there is no store for values here")
	}
	f, err := os.Open(in.Content.Path)
	if err != nil {
		return "", fmt.Errorf("the value cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("the value cannot be read: %w", err)
	}
	return in.URL, b.write(ctx, in.URL, in.Type, f, info.Size())
}
