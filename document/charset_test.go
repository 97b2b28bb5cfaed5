package document_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"gateway/document"
	"gateway/documenttest"
)

// read opens a body under a Content-Type.
func read(contentType, body string) document.Document {
	return document.DefaultLimits().Open(http.Header{"Content-Type": {contentType}}, []byte(body), false)
}

// charsetSamples are labels of the Encoding Standard, one at least for each encoding, with a text that it can write.
var charsetSamples = map[string]string{
	"utf-8": "Das Feld „Größe“ fehlt: 大小 \U0001F600", "unicode-1-1-utf-8": "Größe",
	"ibm866": "Ошибка сервера", "iso-8859-2": "Błąd żądania", "iso-8859-3": "Ħażin", "iso-8859-4": "Nederīgs ķieģelis",
	"iso-8859-5": "Ошибка сервера", "iso-8859-6": "خطأ في الخادم", "iso-8859-7": "Σφάλμα διακομιστή",
	"iso-8859-8": "שגיאת שרת", "iso-8859-10": "Villa í beiðni", "iso-8859-13": "Nederīgs pieprasījums",
	"iso-8859-14": "Gwall ŵ ŷ", "iso-8859-15": "Coût: 5 €, œuvre", "iso-8859-16": "Eroare în cerere: ș",
	"koi8-r": "Ошибка сервера", "koi8-u": "Помилка сервера їжак", "macintosh": "Größe ungültig", "windows-874": "ข้อผิดพลาด",
	"windows-1250": "Chyba: příliš dlouhé", "windows-1251": "Ошибка сервера", "windows-1252": "Größe „ungültig“ – 5 €",
	"iso-8859-1": "Größe ungültig", "latin1": "Größe ungültig", "us-ascii": "Größe ungültig",
	"windows-1253": "Σφάλμα διακομιστή", "windows-1254": "Geçersiz istek ğış", "windows-1255": "שגיאת שרת",
	"windows-1256": "خطأ في الخادم", "windows-1257": "Klaida: ąčę", "windows-1258": "Lôi máy chu", "x-mac-cyrillic": "Ошибка",
	"gbk": "请求参数错误", "gb2312": "请求参数错误", "gb18030": "请求参数错误\U00020000", "big5": "請求參數錯誤",
	"euc-jp": "サーバーエラー", "iso-2022-jp": "サーバーエラー", "shift_jis": "サーバーエラー", "euc-kr": "서버 오류가 발생했습니다",
}

func TestOpenReadsCharsetsByTheirLabel(t *testing.T) {
	for label, text := range charsetSamples {
		body := documenttest.Encoded(t, label, text)
		for _, contentType := range []string{"text/plain; charset=" + label, `text/plain;charset="` + strings.ToUpper(label) + `"`} {
			if d := read(contentType, body); d.Text != text || d.Note != "" {
				t.Errorf("%s: %q, note %q", contentType, d.Text, d.Note)
			}
		}
		if d := read("application/xml", `<?xml version="1.0" encoding='`+label+`'?><e>`+body+`</e>`); d.Root == nil || d.Root.Text != text {
			t.Errorf("XML in %s: %q, note %q", label, d.Text, d.Note)
		}
		page := `<html><head><meta charset="` + label + `"></head><body><h1>` + body + `</h1></body></html>`
		if d := read("text/html", page); heading(d) != text {
			t.Errorf("page in %s: %q", label, heading(d))
		}
		page = `<html><head><meta http-equiv="Content-Type" content="text/html; charset=` + label + `"></head><body><h1>` + body + `</h1></body></html>`
		if d := read("text/html", page); heading(d) != text {
			t.Errorf("page with a pragma in %s: %q", label, heading(d))
		}
	}
}

func TestOpenReadsCharsetsWithoutOrAgainstTheirLabel(t *testing.T) {
	const text = `{"message":"Größe „5“ ungültig: 大小"}`
	wide := func(e unicode.Endianness, b unicode.BOMPolicy) string {
		out, err := unicode.UTF16(e, b).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	wider, _ := utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewEncoder().String(`{"message":"ascii"}`)
	const latin = `{"message":"Gr` + "\xF6\xDF" + `e ung` + "\xFC" + `ltig"}`
	for name, test := range map[string]struct{ contentType, body, want string }{
		"UTF-8":                                {"application/json", text, text},
		"UTF-8 with its mark":                  {"application/json", "\xEF\xBB\xBF" + text, text},
		"UTF-8 whose mark beats the label":     {"application/json; charset=iso-8859-1", "\xEF\xBB\xBF" + text, text},
		"UTF-8 under Latin-1":                  {"application/json; charset=iso-8859-1", text, text},
		"UTF-8 under Shift_JIS":                {"application/json; charset=shift_jis", text, text},
		"UTF-8 under UTF-16":                   {"application/json; charset=utf-16", text, text},
		"UTF-8 under an unknown label":         {"application/json; charset=klingon", text, text},
		"UTF-8 under a broken header":          {"application/json; charset", text, text},
		"UTF-16, big, with its mark":           {"application/json", wide(unicode.BigEndian, unicode.UseBOM), text},
		"UTF-16, little, with its mark":        {"application/json", wide(unicode.LittleEndian, unicode.UseBOM), text},
		"UTF-16, big":                          {"application/json", wide(unicode.BigEndian, unicode.IgnoreBOM), text},
		"UTF-16, little":                       {"application/json", wide(unicode.LittleEndian, unicode.IgnoreBOM), text},
		"UTF-16, big, by its label":            {"application/json; charset=utf-16be", wide(unicode.BigEndian, unicode.IgnoreBOM), text},
		"UTF-16, big, under the other's":       {"application/json; charset=utf-16le", wide(unicode.BigEndian, unicode.IgnoreBOM), text},
		"UTF-16 under UTF-8":                   {"application/json; charset=utf-8", wide(unicode.LittleEndian, unicode.IgnoreBOM), text},
		"UTF-32 of ASCII":                      {"application/json", wider, `{"message":"ascii"}`},
		"Latin-1 without a label":              {"application/json", latin, `{"message":"Größe ungültig"}`},
		"Latin-1 under UTF-8":                  {"application/json; charset=utf-8", latin, `{"message":"Größe ungültig"}`},
		"Latin-1 under an unknown label":       {"application/json; charset=klingon", latin, `{"message":"Größe ungültig"}`},
		"Latin-1 under none at all":            {"", latin, `{"message":"Größe ungültig"}`},
		"a charset that is only a trap":        {"application/json; charset=iso-2022-kr", latin, `{"message":"Größe ungültig"}`},
		"damaged UTF-8":                        {"application/json", text[:len(text)-3] + "\xFF\"}", strings.TrimSuffix(text, "小\"}") + "\uFFFD\"}"},
		"header against XML declaration":       {"text/xml; charset=koi8-r", `<?xml version="1.0" encoding="iso-8859-1"?><e>` + documenttest.Encoded(t, "koi8-r", "Ошибка") + `</e>`, `<?xml version="1.0" encoding="iso-8859-1"?><e>Ошибка</e>`},
		"NUL and control characters":           {"text/plain", "a\x00b\x01\x1b[31mc\x7f\u0085d\te\r\nf\uFEFF", "ab[31mcd\te\r\nf"},
		"a mark and nothing else":              {"text/plain", "\xEF\xBB\xBF", ""},
		"a mark of UTF-16 and nothing else":    {"text/plain", "\xFF\xFE", ""},
		"half a character of UTF-16":           {"text/plain", "\xFF\xFEa\x00b", "a\uFFFD"},
		"escapes, but no ISO-2022-JP":          {"text/plain; charset=utf-8", "\x1b$B hello", "$B hello"},
		"a label of a language's own spelling": {"text/plain; charset= 'windows-1251' ", documenttest.Encoded(t, "windows-1251", "Ошибка"), "Ошибка"},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(test.contentType, test.body)
			documenttest.Check(t, d)
			if d.Text != test.want {
				t.Errorf("%q, want %q", d.Text, test.want)
			}
		})
	}
}

// heading returns the text of a page's first heading.
func heading(d document.Document) string {
	for _, b := range d.Blocks {
		if b.In == atom.H1 {
			return b.Text
		}
	}
	return ""
}
