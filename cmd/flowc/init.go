package main

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// projectFiles is the project that init makes.
//
//go:embed all:template
var projectFiles embed.FS

func initCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "init",
		Usage:       "make a small project to begin with",
		ArgsUsage:   "[DIR]",
		Description: "Makes the folder, or fills the current one. Files that are there are never\noverwritten.",
		UsageText:   "flowc init sales",
		Action: func(ctx *cli.Context) error {
			args, err := arguments(ctx, 0, 1)
			if err != nil {
				return err
			}
			return c.init(append(args, ".")[0])
		},
	}
}

// init makes a project in dir.
func (c *console) init(dir string) error {
	files, err := fs.Sub(projectFiles, "template")
	if err != nil {
		return err
	}
	var names, taken []string
	err = fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, p)
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(p))); err == nil {
			taken = append(taken, p)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(taken) > 0:
		return usagef("%s has %s already, and nothing is overwritten: choose another folder", dir, list(taken))
	}
	for _, name := range names {
		if err := create(files, name, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return usagef("the project cannot be made: %w", err)
		}
	}
	return c.printf("made %s in %s; next: flowc run --local %s\n", list(names), dir, filepath.Join(dir, "main.flow"))
}

// create copies the file called name to a new one.
func create(from fs.FS, name, to string) error {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
