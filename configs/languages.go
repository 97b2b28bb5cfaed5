package configs

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gateway/proxy"
)

//go:embed languages/*.yaml
var shippedLanguages embed.FS

// readLanguages reads the built-in languages, and adds those of the configuration's files, which are relative to folder.
func (c *Config) readLanguages(d *decoder, folder string) {
	const path = "problems.languages"
	languages, err := readShippedLanguages()
	if err != nil {
		d.errs = append(d.errs, located{path: path, text: err.Error()})
	}
	c.languages = slices.Clone(languages)
	for i, file := range c.Problems.Languages {
		if !filepath.IsAbs(file) {
			file = filepath.Join(folder, file)
		}
		data, err := os.ReadFile(file)
		if err == nil {
			c.languages, err = addLanguage(c.languages, file, data)
		}
		if err != nil {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.errs = append(d.errs, located{d.nearest(at), at, err.Error()})
		}
	}
}

// readShippedLanguages reads them once: they were most of the work of each reload.
var readShippedLanguages = sync.OnceValues(func() (languages []proxy.Language, err error) {
	files, err := shippedLanguages.ReadDir("languages")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := "languages/" + file.Name()
		data, err := shippedLanguages.ReadFile(name)
		if err == nil {
			languages, err = addLanguage(languages, name, data)
		}
		if err != nil {
			return nil, err
		}
	}
	return languages, nil
})

// addLanguage adds the words of a file to those of its language.
func addLanguage(languages []proxy.Language, file string, data []byte) ([]proxy.Language, error) {
	var l proxy.Language
	d := &decoder{file: file}
	d.decode(data, &l)
	d.locate("", l.Validate())
	if err := d.report(); err != nil {
		return languages, err
	}
	for i, known := range languages {
		if strings.EqualFold(known.Tag, l.Tag) {
			languages[i] = l.Over(known)
			return languages, nil
		}
	}
	return append(languages, l), nil
}
