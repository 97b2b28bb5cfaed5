package configs_test

import (
	"testing"

	"golang.org/x/tools/txtar"

	"gateway/configs"
	"gateway/document"
	"gateway/normalize"
)

// BenchmarkRules reads every sample of a profile in turn: what an error costs that a rule knows.
func BenchmarkRules(b *testing.B) {
	for _, name := range []string{"accelo", "akeneo", "apaleo", "stripe"} {
		b.Run(name, func(b *testing.B) {
			reader, answers := samplesFor(b, name)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				reader.Read(answers[i%len(answers)])
			}
		})
	}
}

// samplesFor returns the answers of a profile's samples.
func samplesFor(tb testing.TB, name string) (reader *normalize.Reader, answers []*document.Answer) {
	tb.Helper()
	p, err := configs.FindProfile(name)
	if err != nil {
		tb.Fatal(err)
	}
	if reader, err = normalize.NewReader(&p.Profile); err != nil {
		tb.Fatal(err)
	}
	for _, file := range txtar.Parse(p.Samples).Files {
		if a, err := document.ParseAnswer(file.Data); err == nil {
			answers = append(answers, a)
		}
	}
	return reader, answers
}
