package configs

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gateway/proxy"
)

//go:embed languages/*.yaml
var shippedLanguages embed.FS

// readLanguages reads the shipped languages and puts those of the configuration's files, which stand in folder, over
// them.
func (c *Config) readLanguages(d *decoder, folder string) {
	const path = "problems.languages"
	if err := c.readShippedLanguages(); err != nil {
		d.errs = append(d.errs, located{path: path, text: err.Error()})
	}
	for i, file := range c.Problems.Languages {
		if !filepath.IsAbs(file) {
			file = filepath.Join(folder, file)
		}
		data, err := os.ReadFile(file)
		if err == nil {
			err = c.addLanguage(file, data)
		}
		if err != nil {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.errs = append(d.errs, located{d.nearest(at), at, err.Error()})
		}
	}
}

func (c *Config) readShippedLanguages() error {
	files, err := shippedLanguages.ReadDir("languages")
	if err != nil {
		return err
	}
	for _, file := range files {
		name := "languages/" + file.Name()
		data, err := shippedLanguages.ReadFile(name)
		if err == nil {
			err = c.addLanguage(name, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addLanguage puts a file over what there is of its language.
func (c *Config) addLanguage(file string, data []byte) error {
	var l proxy.Language
	d := &decoder{file: file}
	d.decode(data, &l)
	d.locate("", l.Validate())
	if err := d.report(); err != nil {
		return err
	}
	for i, known := range c.languages {
		if strings.EqualFold(known.Tag, l.Tag) {
			c.languages[i] = l.Over(known)
			return nil
		}
	}
	c.languages = append(c.languages, l)
	return nil
}
