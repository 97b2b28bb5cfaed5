package normalize

// readGeneric reads an answer of a vendor that has no profile; false if nothing in it is known.
func readGeneric(_ *Answer, _ Document) (Reading, bool) { return Reading{}, false }
