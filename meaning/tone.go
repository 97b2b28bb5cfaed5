package meaning

import (
	"sync"

	"gateway/wording"
)

// tone tells complaints from other talk, in any wording. It says nothing of what is wrong, and so counts only where an
// answer has nothing else in it and a code that is no success's.
type tone struct{ complains, praises, finds wording.Phrases }

// tones compiles the words once, when they are asked for.
var tones = sync.OnceValue(func() tone {
	const before, behind = `(?:^|[^\pL])`, `(?:$|[^\pL])`
	return tone{
		complains: append(wording.NewPhrases(before, complaintStems, ``), append(wording.NewPhrases(before, complaintWords, behind), wording.NewPhrases(``, easternComplaints, ``)...)...),
		praises:   append(wording.NewPhrases(before, praiseWords, ``), wording.NewPhrases(``, easternPraise, ``)...),
		finds:     append(wording.NewPhrases(``, emptySearch, behind), wording.NewPhrases(``, easternEmptySearch, ``)...),
	}
})

// complaintStems begin words that say that something is wrong, in English and other languages of Europe.
var complaintStems = []string{
	`in(?:valid|operativ|corr?e|sufficient|active|complete|eligible|accessible|válid|corret|correct|suficient)`, `un(?:able|known|auth|support|avail|expect|recogni|permit|register|verif|paid|success|gültig)`,
	`err(?:or|ö)`, `fail`, `fehl`, `falsch`, `illegal`, `malform`, `improper`, `miss(?:ing|es)`, `requi(?:r|er)`, `den(?:ied|ies)`, `refus`, `reject`, `forbid`, `prohibit`, `block(?:ed|iert)`, `bann`, `disab`, `suspend`, `restrict`,
	`expir`, `revok`, `outdated`, `exceed`, `duplicat`, `already`, `conflict`, `non-?exist`, `mismatch`, `overload`, `time[ -]?out`, `abort`, `violat`, `exception`, `lack(?:s|ing)?`, `absent`,
	`abgelaufen`, `gesperrt`, `échou`, `échec`, `refusé`, `manquant`, `interdit`, `errad`, `falh`, `falta`, `obrigat`, `obligat`, `rechaz`, `negad`, `caducad`, `vencid`, `fallit`, `scadut`, `mancant`,
	`ongeldig`, `onjuist`, `mislukt`, `verlopen`, `błąd`, `błędn`, `nieprawid`, `hatal`, `geçersiz`, `başarısız`, `ugyldig`, `ogiltig`, `ошибк`, `неверн`, `недоступ`, `запрещ`, `отсутств`, `некоррект`, `помилк`, `невірн`, `σφάλμα`, `λάθος`, `άκυρ`, `chyb`, `neplatn`, `érvénytelen`, `hibás`, `eroare`, `greșit`, `virhe`,
}

// complaintWords are whole words that do.
var complaintWords = []string{
	`err`, `not`, `n't`, `\pL+n't`, `no`, `cannot`, `never`, `without`, `wrong`, `bad`, `mandatory`, `must`, `should`, `locked`, `busy`, `exists?`, `taken`, `empty`, `blank`, `too`,
	`over (?:the |your )?\pL* ?limit`, `limit(?:ed| (?:reached|hit))`, `out of`, `only`, `max(?:imum)?\pL* \pL+ (?:reached|hit)`,
	`nicht`, `kein\pL*`, `pas`, `invalide?s?`, `não`, `nao`, `non`, `niet`, `geen`, `já`, `ya`, `déjà`, `bereits`, `schon`, `już`, `già`, `zaten`, `nenhum\pL*`, `ning[uú]n\pL*`, `aucune?s?`, `nie`, `brak`, `olamaz`, `yok`, `değil`, `yanlış`, `hata`, `ikke`, `fejl`, `feil`, `inte`, `не`, `нет`, `không`, `sai`, `lỗi`, `thiếu`, `δεν`, `nu`, `nem`, `nincs`, `ei`, `tidak`, `kosong`, `kurang`, `habis`, `gagal`, `salah`,
}

// easternComplaints are looked for anywhere in a text.
var easternComplaints = []string{
	`不`, `无`, `無`, `错`, `錯`, `[误誤](?:$|[^差])`, `失[败敗]`, `非法`, `缺`, `[过過]期`, `超`, `禁`, `未`, `拒`, `重[复複]`, `已存在`, `没有`, `异常`, `ません`, `ない`, `エラー`, `期限切れ`, `않`, `없`, `오류`, `실패`, `잘못`, `만료`, `초과`, `에러`, `아닙`, `누락`, `ไม่`, `ผิดพลาด`, `غير `, `خطأ`, `خطا`, `نامعتبر`, `نشد`, `نیست`, `ندارد`, `לא `, `שגי`, `אין `, `נכשל`,
}

// praiseWords begin what says that all went well.
var praiseWords = []string{
	`success`, `succeed`, `ok(?:$|[^\pL])`, `okay`, `complet(?:ed|ado)`, `approved`, `accepted`, `done`, `welcome`, `exitos`, `éxito`, `sucesso`, `erfolg`, `succès`, `réussi`, `başarı(?:lı|yla)`, `успе`, `berhasil`, `thành công`,
	`(?:has|have) been (?:\pL+ )?(?:add|creat|sav|sent|updat|delet|remov|process|submit|receiv|queu)\pL*`, `(?:was|were) (?:\pL+ )?(?:added|created|saved|sent|updated|deleted|removed|renewed|submitted)`,
}

var easternPraise = []string{`成功`, `正常`, `完了`, `정상`, `성공`}

// emptySearch is how answers tell that a search has found nothing, which is no error.
var emptySearch = []string{
	`^(?:there (?:is|are|were) )?no(?:thing)? (?:\pL+ ){0,2}(?:results?|records?|data|entries|items|rows|hits|match(?:es)?|transactions?|messages?|orders?)(?: \pL+){0,3}`,
	`^nothing(?: was)? found`, `^(?:data|records?|results?) not found`, `^keine (?:\pL+ )?(?:daten|treffer|ergebnisse|einträge)`, `^(?:nenhum|ningún|aucun)\pL* `,
}

var easternEmptySearch = []string{
	`(?:无|無|没有|暂无|未找到|未查询到|查无|查無)\S{0,6}(?:数据|資料|资料|记录|結果|结果|信息)`, `(?:数据|记录|结果)为空`, `(?:データ|結果|該当)\S{0,8}(?:ありません|ない|なし|存在しません)`, `(?:데이[터타]|자료|결과|정보|내역)\S{0,3} ?(?:없|존재하지)`,
}

// limits are how a sentence takes back what it praises.
var limits = wording.NewPhrases(``, []string{`^only `, `\b(?:was|were|been|be|is|are) not `}, ``)

// Complains is true for plain words that say that something is wrong.
func Complains(plain string) bool { return tones().complains.In(plain) }

// Praises is true for plain words that say that all went well.
func Praises(plain string) bool { return tones().praises.In(plain) }

// FindsNothing is true for plain words that say that a search came to nothing.
func FindsNothing(plain string) bool { return tones().finds.In(plain) }

// FindsFault is true for a sentence that finds fault, and neither says that all went well nor that a search came to
// nothing.
func FindsFault(text string) bool {
	t, text := tones(), PlainWords(text, false)
	return t.complains.In(text) && !t.finds.In(text) && !(t.praises.In(text) && !failingWords.In(text) && !limits.In(text))
}
