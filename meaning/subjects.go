package meaning

import (
	"sync"

	"gateway/problem"
	"gateway/wording"
)

// subject is what a complaint is about, in words that alone mean little. It counts only where an answer says that the call
// failed, and neither a code nor a status nor a plainer meaning tells more.
type subject struct {
	as            problem.Type
	about, unless wording.Phrases
}

// subjects compiles the words once, when they are asked for. They are tried in this order.
var subjects = sync.OnceValue(func() []subject {
	const before, behind = `(?:^|[^\pL\d])`, `(?:$|[^\pL\d])`
	var out []subject
	for _, s := range subjectWords {
		out = append(out, subject{s.as, append(wording.NewPhrases(before, s.words, behind), wording.NewPhrases(``, s.stems, ``)...), wording.NewPhrases(before, s.unless, behind)})
	}
	return out
})

// subjectWords are the words of each subject, tried in this order: whole words, stems that are looked for anywhere, and what
// must not be there.
var subjectWords = []struct {
	as                   problem.Type
	words, stems, unless []string
}{
	{
		as: problem.UnsupportedMediaType,
		words: []string{
			`content[ -]?type (?:\pL+ )?(?:must|should|has to|not|is|was)`, `unsupported (?:media|content)`,
		},
	},
	{
		as: problem.MethodNotAllowed,
		words: []string{
			`(?:request |http )?(?:method|verb) (?:must|should|has to) be`, `(?:use|only) (?:http )?(?:get|post|put|delete)(?: (?:method|requests?))?`,
			`(?:get|post|put|delete) (?:method|requests?) (?:is |are )?(?:not|only)`,
		},
	},
	{
		as: problem.NotImplemented,
		words: []string{
			`not (?:yet |been |currently )*implemented`, `unimplemented`,
		},
	},
	{
		as: problem.QuotaExceeded,
		words: []string{
			`(?:no|zero|out of|0) (?:\pL+ ){0,2}(?:calls?|requests?|searches|lookups|messages|units|quota) (?:left|remaining|available)`, `quotas?`,
			`(?:package|plan|subscription|usage|monthly|daily|trial|free) (?:\pL+ ){0,2}limits?(?: (?:\pL+ )?(?:reached|exceeded|hit))?`,
		},
	},
	{
		as: problem.PaymentRequired,
		words: []string{
			`(?:no|not enough|not sufficient|insufficient|low|zero|out of|lack of|without) (?:\pL+ ){0,2}(?:money|funds?|credits?|balance|cash)`,
			`(?:money|funds?|credits?|balance) (?:\pL+ ){0,2}(?:not enough|insufficient|low|exhausted)`, `unpaid`, `top[ -]?up`, `recharge`, `overdue`,
			`(?:credit )?card (?:has |is )?expired`, `expired (?:credit )?card`,
		},
		stems: []string{
			`saldo`, `guthaben`, `余额`, `残高`, `잔액`, `баланс`, `bakiye`,
		},
	},
	{
		as:    problem.ValidationFailed,
		words: dataWords,
		unless: []string{
			`pass ?words?`, `access`, `api`, `tokens?`, `keys?`, `log ?in`, `param\pL*`, `headers?`, `json`, `xml`, `formats?`, `fields?`, `not found`, `not exist`,
		},
	},
	{
		as:    problem.PermissionDenied,
		words: permissionWords,
		stems: permissionStems,
	},
	{
		as:    problem.Unauthenticated,
		words: credentialWords,
		stems: credentialStems,
		unless: []string{
			`(?:primary|foreign|duplicate|unique|public|partition|sort|object|cache|idempotency) keys?`,
			`(?:csrf|page|paging|next|continuation|device|push|card|payment|unexpected|sync) tokens?`, `key ?words?`, `sign(?:ed)? up`, `pre-?auth\pL*`,
			`(?:charge|payment|transaction|amount|order)s? (?:was |is |has |been |not )*authori[sz]ed`, `authori[sz]ed by`,
		},
	},
	{
		as: problem.UpstreamUnavailable,
		words: []string{
			`busy`, `maintenance`, `maintain\w*`, `overload\w*`, `(?:service|server|system|site) (?:\pL+ ){0,2}(?:down|off ?line|unavailable|closed)`,
			`capacity`,
		},
		stems: []string{
			`繁忙`, `维护`, `維護`, `メンテナンス`, `점검`,
		},
	},
	{
		as: problem.UpstreamTimeout,
		words: []string{
			`time[ -]?out`, `timed out`,
		},
		stems: []string{
			`超时`, `タイムアウト`,
		},
	},
	{
		as: problem.UpstreamError,
		words: []string{
			`(?:some ?things?|some thing|it|all|what) (?:\pL+ )?went wrong`, `went wrong`, `gone (?:\pL+ )?wrong`,
			`(?:remote|upstream|backend|downstream|technical|generic) (?:\pL+ )?(?:server|system|error|failure)`, `backends?`,
			`^(?:an? |the |some |there (?:is|was) an? )?(?:\pL+ )?(?:error|problem)(?: (?:(?:has |have )?occur\w*|response|happened|message))?(?:$|[,.;:-] ?(?:please|try|contact|retry))`,
			`something (?:\pL+ )?(?:broke|happened|failed)`,
			`(?:internal|system|server|service|database|db|sql|mysql|network|backend|unknown|unexpected|undefined|uncaught|fatal) (?:\pL+ ){0,2}(?:error|exception|fail|fault|problem)\w*`,
			`exceptions?`, `object reference`, `sqlstate\S*`, `connection refused`,
			`(?:error|exception|failure|failed) (?:in|at|on|by|of) (?:the )?(?:server|system|database|backend)`, `null ?pointer\w*`, `stack ?trace`,
			`contact (?:\pL+ ){0,3}(?:support|administrator|admin|helpdesk)`,
		},
		stems: []string{
			`系统`, `系統`, `服务器`, `伺服器`, `システム`, `サーバ`, `시스템`, `서버`,
		},
		unless: []string{
			`arguments?`, `invalid`, `illegal`, `missing`,
		},
	},
	{
		as: problem.AlreadyExists,
		words: []string{
			`already (?:\pL+ )?(?:exist\w*|used|taken|registered|there|known|created|added)`, `duplicat\w*`, `repeated`, `exists?`, `taken`,
		},
		stems: []string{
			`重复`, `重複`, `已存在`,
		},
		unless: []string{
			`not`, `n't`, `no`,
		},
	},
	{
		as: problem.Conflict,
		words: []string{
			`already`, `in (?:progress|process|use)`, `lock(?:ed)?`, `closed`, `pending`, `cancell?ed`, `(?:wrong|invalid|incorrect) (?:\pL+ )?(?:state|status)`,
		},
		unless: []string{
			`not found`, `not exist`,
		},
	},
	{
		as: problem.NotFound,
		words: []string{
			`(?:not|n't|never|cannot|can't|unable to|could not) (?:\pL+ ){0,3}(?:found|find|exists?|existing|located?|registered|available|known|recogni[sz]ed)`,
			`no (?:\pL+ ){0,3}(?:found|exists?|match\w*|data|records?|results?)`, `unknown`, `missing (?:record|object|entity)`,
		},
		stems: []string{
			`不存在`, `没有找到`, `找不到`,
		},
		unless: []string{
			`parameters?`, `params?`, `fields?`, `formats?`, `syntax`,
		},
	},
}

// dataWords are about what the caller sent, in the words of those who use it.
var dataWords = []string{
	`(?:credit |debit )?cards?(?: numbers?)?`, `cvv2?`, `cvc2?`, `expir(?:y|ation)(?: \pL+)?`, `amounts?`, `prices?`, `quantit(?:y|ies)`, `weights?`,
	`address(?:es)?`, `post(?:al)? ?codes?`, `zip(?: codes?)?`, `phone(?: numbers?)?`, `mobile(?: numbers?)?`,
	`e-?mails?(?: address(?:es)?)?`, `dates?`, `currenc(?:y|ies)`, `countr(?:y|ies)`, `iban`, `bic`, `account numbers?`, `routing numbers?`,
	`tax (?:id|number)s?`, `birth\pL*`, `monto`, `importe`, `valor`, `fecha`, `correo`, `tel[eé]fono`, `cpf`, `cnpj`, `cep`,
}

// permissionWords are about what somebody may do.
var permissionWords = []string{
	`permi(?:t|ts|tted|ssion|ssions)`, `premium`, `upgrade (?:\pL+ ){0,3}(?:plan|account|subscription)`, `not (?:\pL+ )?allow(?:ed)?`, `forbid\w*`, `forbidden`,
	`un[ao]u?th?ori[sz]ed (?:to|for|action|operation|access|api|function|method|request|use|ip)`, `privileges?`, `white ?-?list\w*`, `black ?-?list\w*`,
	`(?:access|account|user|ip|merchant|app|function|api) (?:\pL+ ){0,2}(?:denied|restricted|blocked|banned|suspended|disabled|frozen|closed|limited)`,
	`access rights?`, `no (?:\\pL+ ){0,2}(?:access|rights?)`, `denied`, `(?:insufficient|wrong) (?:\pL+ )?(?:role|rights?|scope)`,
	`permiso\w*`, `permiss\pL+`, `berechtig\pL*`, `zugriff\pL*`, `droits?`, `autorisés?`, `prohibid[oa]`,
}

var permissionStems = []string{`权限`, `許可`, `允许`, `允許`, `白名单`, `禁止`, `권한`, `허용`, `запрещ`, `доступ`}

// credentialWords are about who somebody is.
var credentialWords = []string{
	`\pL*(?:api|app|access|master|secret|private|auth|sign|licen[sc]e|service|merchant|client|user|developer|web|site|account|activation|security|encryption)[ _-]?keys?`,
	`(?:invalid|wrong|bad|incorrect|missing|no|unknown|expired|illegal) (?:\pL+ )?keys?`,
	`keys? (?:is|was|are|does|not|no|invalid|incorrect|wrong|expired|missing|error|has|required)`, `^keys?$`, `\pL*tokens?`, `secrets?`,
	`auth\pL*`, `un-?auth\pL*`, `log(?:ged)?[ -]?(?:in|on|out)`, `re-?login`, `logins?`, `sign(?:ed)?[ -]?(?:in|on)`, `signin`, `sign`, `signatures?`,
	`user ?names?`, `hmac`, `check ?sums?`, `sessions?`, `credentials?`, `pass ?(?:word|code|phrase)s?`, `passwd`, `pwd`, `certificates?`,
	`certificad\pL*`, `zertifikat\pL*`, `jwt`, `bearer`, `oauth`,
	`(?:user|account|client|merchant|app|application|partner|developer|customer)[ _]?(?:id|name|no|number|code)?(?: or | and |/)(?:\pL+ )?(?:pass\w*|key|secret|api ?key)`,
	`(?:un|not )registered (?:user|app|client|domain|merchant)`, `app ?ids?`, `(?:merchant|client|partner|developer|app) (?:id|code|no|number)s?`,
	`senha`, `contrase[nñ]a`, `clave`, `chave`, `kennwort`, `passwort`, `schlüssel`, `mot de passe`, `clé`, `identifiants?`, `credenciais`,
	`credenciales`, `credenziali`, `sesi[oó]n`, `sess[aã]o`, `sitzung`, `firma`, `assinatura`, `autentic\pL*`, `authentifi\pL*`, `hasło`, `klucz`,
	`şifre`, `anahtar`, `oturum`, `giriş`, `mật khẩu`, `đăng nhập`, `wachtwoord`, `sleutel`,
}

var credentialStems = []string{`密码`, `密碼`, `密钥`, `秘钥`, `金鑰`, `令牌`, `签名`, `簽名`, `验签`, `登录`, `登陆`, `登入`, `鉴权`, `认证`, `驗證`, `身份`, `キー`, `パスワード`, `認証`, `ログイン`, `トークン`, `키`, `인증`, `비밀번호`, `로그인`, `토큰`, `ключ`, `парол`, `токен`, `логин`, `авториз`, `подпис`}

// SubjectOf is the type of what a complaint is about; "" if that is not known.
func SubjectOf(text string) problem.Type {
	plain := PlainWords(text, true)
	for _, s := range subjects() {
		if s.about.In(plain) && !s.unless.In(plain) {
			return s.as
		}
	}
	return ""
}
