package proxy

const problemsPath = "/.gateway/problems/"
