package generic

import "gateway/document"

// PageOf returns title, heading and sentence of a page.
func PageOf(d document.Document) [3]string {
	p := pageOf(d.Blocks)
	return [3]string{p.title, p.heading, p.sentence}
}
