package normalize_test

import (
	"testing"

	"gateway/normalize"
)

// BenchmarkRead reads every labelled answer of the unseen vendors without a profile: what an error costs that no rule
// knows.
func BenchmarkRead(b *testing.B) {
	reader, err := normalize.NewReader(nil)
	if err != nil {
		b.Fatal(err)
	}
	samples := samplesIn(b, "unseen/*.jsonl")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		samples[i%len(samples)].read(b, reader)
	}
}
