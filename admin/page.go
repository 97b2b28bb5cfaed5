package admin

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

// pageFiles are the page: static files that use /api/v1.
//
//go:embed page
var pageFiles embed.FS

// servePage serves the page's frame; its scripts fill it.
func servePage(w http.ResponseWriter, _ *http.Request) { writeFile(w, "index.html") }

// serveFile serves one of its files.
func serveFile(w http.ResponseWriter, r *http.Request) { writeFile(w, r.PathValue("file")) }

func writeFile(w http.ResponseWriter, name string) {
	data, err := fs.ReadFile(pageFiles, path.Join("page", path.Base(name)))
	if err != nil {
		writeText(w, http.StatusNotFound, "there is no such file\n")
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	_, _ = w.Write(data) // the reader may be gone
}
