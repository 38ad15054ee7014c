package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/flowc/flowc/runtime/swf/account"
)

// A bucket keeps things in objects of S3.
type bucket struct {
	client       *s3.Client
	name, prefix string
}

const gzipEncoding = "gzip"

// Sizes of objects; variables for tests.
var (
	partSize  int64 = 64 << 20 // of an object that is sent in parts; there may be 10,000
	wholeSize int64 = 1 << 30  // what is larger is sent in parts
)

// newBucket returns a bucket of the S3 that the environment names.
func newBucket(ctx context.Context, name, prefix string, c Config) (*bucket, error) {
	a, err := account.Load(ctx, c.Config)
	if err != nil {
		return nil, err
	}
	endpoint := c.Endpoint
	if endpoint == "" {
		endpoint = aws.ToString(s3.NewFromConfig(a.SDK()).Options().BaseEndpoint)
	}
	config, err := a.At(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) {
		if endpoint == "" {
			return
		}
		// Other services than Amazon's know buckets by path only, and not every
		// way of sending checksums; what is read is checked here in any case.
		o.BaseEndpoint, o.UsePathStyle = &endpoint, true
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	return &bucket{client, name, prefix}, nil
}

func (b *bucket) key(key string) *string {
	if b.prefix != "" {
		key = b.prefix + "/" + key
	}
	return &key
}

func (b *bucket) open(ctx context.Context, key string) (io.ReadCloser, bool, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(key)})
	if err != nil {
		return nil, false, b.missing(err)
	}
	return out.Body, aws.ToString(out.ContentEncoding) == gzipEncoding, nil
}

// missing returns an error that says in the words of a file system that there
// is no such object.
func (b *bucket) missing(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	switch api.ErrorCode() {
	case "NoSuchKey", "NotFound":
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	case "NoSuchBucket":
		return fmt.Errorf("there is no bucket `%s`", b.name)
	}
	return err
}

func (b *bucket) has(ctx context.Context, key string) (bool, error) {
	_, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: b.key(key)})
	if err = b.missing(err); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (b *bucket) create(ctx context.Context, key string, content io.ReadSeeker, size int64, packed bool) error {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var encoding *string
	if packed {
		encoding = aws.String(gzipEncoding)
	}
	if at, ok := content.(io.ReaderAt); ok && size > wholeSize {
		return b.createInParts(ctx, b.key(key), at, size, encoding)
	}
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &b.name, Key: b.key(key), Body: content, ContentLength: &size, ContentEncoding: encoding,
		ContentType: aws.String("application/octet-stream"),
	})
	return b.missing(err)
}

// createInParts puts an object that is too large to be sent at once.
func (b *bucket) createInParts(ctx context.Context, key *string, content io.ReaderAt, size int64, encoding *string) error {
	begun, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: key, ContentEncoding: encoding})
	if err != nil {
		return b.missing(err)
	}
	var parts []types.CompletedPart
	for at := int64(0); at < size && err == nil; at += partSize {
		var out *s3.UploadPartOutput
		number, part := int32(len(parts)+1), min(partSize, size-at)
		out, err = b.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &b.name, Key: key, UploadId: begun.UploadId, PartNumber: &number,
			Body: io.NewSectionReader(content, at, part), ContentLength: &part,
		})
		if err == nil {
			parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: &number})
		}
	}
	if err == nil {
		_, err = b.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &b.name, Key: key, UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
	}
	if err != nil {
		_, _ = b.client.AbortMultipartUpload(context.WithoutCancel(ctx), &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: key, UploadId: begun.UploadId})
	}
	return err
}

func (b *bucket) remove(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: b.key(key)})
	return err
}
