// Pack writes files to a .tar.gz that depends on nothing but their content:
//
//	pack OUT FOLDER FILE...
package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"log"
	"os"
	"path"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: pack OUT FOLDER FILE...")
	}
	if err := pack(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		log.Fatal(err)
	}
}

func pack(out, folder string, files []string) (err error) {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(f)
	archive := tar.NewWriter(zip)
	defer func() { err = errors.Join(err, archive.Close(), zip.Close(), f.Close()) }()
	for _, file := range files {
		if err := add(archive, folder, file); err != nil {
			return err
		}
	}
	return nil
}

func add(archive *tar.Writer, folder, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	header := &tar.Header{Name: path.Join(folder, filepath.Base(file)), Mode: mode, Size: int64(len(data))}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = archive.Write(data)
	return err
}
