package normalize

// bomUTF8 is what some vendors put in front of UTF-8.
var bomUTF8 = []byte("\xEF\xBB\xBF")
