// Greet greets those whom it is told to greet.
package main

import (
	"flag"
	"fmt"
)

// version is set when a release is built.
var version = "devel"

func main() {
	show := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *show {
		fmt.Println("greet " + version)
		return
	}
	for _, name := range flag.Args() {
		fmt.Println(greeting(name))
	}
}

func greeting(name string) string { return "Hello, " + name + "!" }
