package normalize

// Meanings that the generic reader looks for. They are narrower than those of profiles: a sentence of an unknown
// vendor must say it in so many words.
const (
	MeansUnauthenticated Meaning = "unauthenticated"      // a credential is missing, wrong, expired or revoked
	MeansNoRight         Meaning = "no-right"             // who asks may not do this
	MeansNoScope         Meaning = "no-scope"             // a scope, role, plan or permission is missing
	MeansLongQuota       Meaning = "long-quota-exceeded"  // of a day, a month or longer
	MeansQuota           Meaning = "quota-exceeded"       // of a plan; credits are used up
	MeansPayment         Meaning = "payment-required"     // declined, unpaid, balance too low
	MeansConflict        Meaning = "conflict"             // wrong state, stale, locked, in use
	MeansUnavailable     Meaning = "upstream-unavailable" // down, overloaded, without capacity
	MeansTimeout         Meaning = "upstream-timeout"     // took too long
	MeansVendorFailed    Meaning = "upstream-error"       // something broke at the vendor
	MeansBadValue        Meaning = "bad-value"            // well-formed, and not accepted
	MeansBodyTooLarge    Meaning = "payload-too-large"    // the request as a whole
	MeansTryAgain        Meaning = "try-again"            // the same request may be sent again
)

// longQuota is how a limit of a day or longer is worded.
var longQuota = []string{
	`(?:daily|monthly|weekly|yearly|annual)\b.{0,40}\b(?:limits?|quotas?|usage|requests?|allowance|cap)`,
	`(?:limits?|quotas?|requests|maximum|calls)\b.{0,60}\b(?:per|a|this|for the|for this|in a|each|24|of the) ?<period>`,
	`(?:limits?|quotas?|requests|maximum|calls)\b.{0,60}\b(?:\d+ ?/ ?<period>|(?:for )?today)`,
}

// strictMeanings are their words.
var strictMeanings = map[Meaning]wording{
	MeansUnauthenticated: {
		says: []string{
			`<keys>\b.{0,40}\b(?:invalid|incorrect|wrong|expired?|revoked|missing|required|unknown|disabled|deactivated|malformed|mismatch|do(?:es)? not match|failed|inactive)`,
			`<keys>\b.{0,30}\bnot (?:be )?(?:valid|found|provided|recogni[sz]ed|accepted|active|set|verified|correct)`,
			`(?:invalid|incorrect|wrong|expired|revoked|missing|bad|unknown|no|malformed|inactive|unrecogni[sz]ed|without(?: a| an)?|valid) <some>{0,2}(?:or <some>)?<some>?<keys>`,
			`validating (?:\w+ )?<keys>`,
			`<keys> error$`,
			`(?:not|\w+n't|never) (?:provide|supply|supplied|include|send|sent|pass|present|specify)(?:ed|d)? (?:\w+ ){0,3}<keys>`,
			`<keys>\b.{0,30}\bchanged`,
			`<keys> (?:must|should|has to|needs to) be (?:used|provided|supplied|sent|set|included|present|passed|specified)`,
			`(?:invalid|wrong|unknown|missing|unauthori[sz]ed)(?: or \w+)? (?:api )?key(?:$|\. \w+| - \w+)`,
			`^key not found$`,
			`(?:must|need to|have to) use an? (?:valid )?<keys>`,
			`(?:not|\w+n't) (?:be )?(?:logged in|authenticated|signed in|verify your identity)`,
			`unauthenticated`,
			`unauthori[sz]ed (?:user|request)\b`,
			`(?:log[ -]?in|auth) fail(?:ed|ure)?`,
			`(?:invalid|wrong|missing|incorrect) (?:[\w-]+ )?authori[sz]ation(?:$| (?:header|token|data|code))`,
			`authentication\b.{0,20}\b(?:failed|failure|required)`,
			`(?:log|sign) in (?:or|and|first|before|to)\b`,
			`<cannot> (?:be )?(?:authenticated?|verif(?:y|ied) (?:your|the) (?:credentials|identity))`,
			`unrecogni[sz]ed authentication`,
			`(?:authentication|log[ -]?in) (?:is |was |has )?(?:required|failed|failure|error|needed|expired|missing|invalid|credentials were)`,
			`missing authentication`,
			`authori[sz]ation (?:is |was |has )?(?:required|missing|failure)`,
			`<keys> (?:was |is |has |has been |have been )?(?:terminated|ended|timed out|closed)`,
			`re-?login|log ?in again`,
			`(?:no|not|invalid|incorrect|wrong|unknown|unrecogni[sz]ed)\b.{0,40}\b(?:user ?name|user|e-?mail(?: address)?|login)(?: and | or |/| and/or )password`,
			`(?:must|need to|have to|please|required to) (?:be )?(?:log in|sign in|login|authenticated?|logged in|signed in|re-?authenticate|reconnect)`,
			`(?:account|app|application|user) (?:has been|was|is) (?:disconnected|deauthori[sz]ed|uninstalled)`,
			`re-?authori[sz]e`,
		},
		unless: []string{
			`<other-tokens> (?:token|key)s?`,
			`sessions? (?:type|date|length|must)`,
			`3d[ -]?s(?:ecure)?|3ds`, // of a payer
			`tokens? (?:\w+ ){0,2}(?:with|for) (?:\w+ ){0,3}ids?`,
			`foreign key`,
			`(?:insufficient|required|missing|necessary) (?:\w+ )?(?:permissions?|privileges?|scopes?|rights|roles?)`,
			`(?:invalid|unknown|no|missing) (?:\w+ )?(?:keys?|tokens?) (?:in|at|near)`,
		},
	},
	MeansNoScope: {
		says: []string{
			`insufficient (?:\w+ )?(?:permissions?|privileges?|scopes?|rights|roles?|access|authority)`,
			`(?:missing|lacks?|lacking|without|requires?|needs?|no|not have|not enough) (?:\w+ ){0,5}(?:scopes?|roles?|permissions?|privileges?|rights)`,
			`(?:additional|elevated|higher) (?:permissions?|privileges?|scopes?|rights)`,
			`(?:scopes?|permissions?|privileges?|roles?) (?:is |are |was |were )?(?:missing|required|insufficient|needed|denied)`,
			`(?:your|current|the|this|a|an) (?:\w+ ){0,2}(?:plan|subscription|edition|tier|license)\b.{0,40}\b(?:not|\w+n't)`,
			`(?:not|\w+n't) (?:\w+ )?(?:available|included|enabled|supported|part|allowed)\b.{0,40}\b(?:plan|subscription|edition|tier|licen[sc]e|package)`,
			`upgrade (?:your |to |the )?(?:\w+ ){0,2}(?:plan|account|subscription|tier|license)`,
			`premium (?:\w+ )?required`,
			`only (?:available |open )?(?:for|to) (?:[\w-]+ ){0,2}(?:users|customers|accounts|plans|subscribers|members|partners)`,
		},
	},
	MeansNoRight: {
		says: []string{
			`<who> (?:\w+ ){0,3}(?:is |are |was |were )?(?:not|\w+n't) (?:\w+ )?(?:authori[sz]ed|allowed|permitted|entitled|granted|eligible)`,
			`<who>\b.{0,30}\b(?:do|does|did)(?: not|n't) have (?:\w+ ){0,4}(?:permissions?|access|rights?|privileges?|scopes?|roles?)`,
			`(?:not|\w+n't) (?:authori[sz]ed|permitted|entitled) to`,
			`access (?:is |was |to .{1,40} )?(?:denied|forbidden|restricted)`,
			`forbidden`,
			`permission denied`,
			`unauthori[sz]ed to`,
			`<who> (?:do|does)(?: not|n't) (?:own|control|manage|belong to)`,
			`only (?:\w+ )?(?:admins?|administrators?|owners?|members|managers?) (?:can|may|are)`,
			`must be (?:an? |the )?(?:\w+ )?(?:admin|administrator|owner|member)`,
			`operation (?:is )?not permitted`,
			`(?:you|users?|callers?|clients?) (?:do not|don't|<cannot>) (?:access|view|edit|manage|perform|use)\b`,
			`<cannot> (?:[\w-]+ ){1,6}(?:using|with) (?:an?|this|your|the) (?:[\w-]+ ){0,3}<keys>`,
			`(?:row-level security|security|access) (?:policy|constraints?)`,
			`(?:account|user|store|shop|project|organi[sz]ation|workspace) (?:has been|is|was) (?:suspended|disabled|blocked|banned|deactivated)`,
		},
		unless: []string{`(?:client|server) error: \w+`}, // of an address that the vendor was to read
	},
	MeansLongQuota: {
		says:   longQuota,
		unless: []string{`per[- ](?:second|sec|minute|min|hour)`, `per \d+ ?(?:s|m|h|sec|min)\w*`},
	},
	MeansQuota: {
		says: append([]string{
			`(?:exceed\w*|reach\w*|out of|used up|exhausted|over|hit|run out of)\b.{0,40}\b(?:quotas?|credits?|allowance|budget|billing|plan(?:'s)? limits?|usage limits?|plan)`,
			`(?:quotas?|credits?|budget|usage limits?|plan(?:'s)? limits?|billing plan limits?|allowance|free tier)\b.{0,40}\b(?:exceed\w*|reached|exhausted|used up|depleted|expired|spent)`,
			`(?:not enough|not have enough|insufficient|no(?: more| remaining)?) (?:\w+ )?(?:credits?|quota)`,
			`(?:exceed\w*|over)\b.{0,30}\bplan`,
			`(?:usage|project|account)\b.{0,10}\bover (?:the |its |your )?limit`,
			`total ?(?:requests?|calls?|usage|messages?) (?:limit|quota)`,
			`(?:run|ran|running) out of (?:\w+ ){0,2}(?:searches|credits|requests|calls|units|tokens|lookups|messages|quota)`,
			`limit reach(?:ed)?\b.{0,20}\bupgrade`,
		}, longQuota...),
		unless: []string{
			`per[- ](?:second|sec|minute|min|hour)`,
			`per \d+ ?(?:s|m|h|sec|min)\w*`,
			`(?:this|current|each|every) (?:second|minute|hour)`,
			`rate[- ]?limit\w*`,
			`quota (?:metric|group)\b.*\bper`,
			`credit card`,
			`complexity`,
		},
	},
	MeansPayment: {
		says: []string{
			`(?:card|payment|charge|transaction|authori[sz]ation|debit)\b.{0,30}\b(?:declined|refused|denied by (?:the )?(?:issuer|bank))`,
			`(?:issuer|bank) (?:has )?(?:declined|refused)`,
			`payments? (?:\w+ )?(?:has |have |is |was )?(?:failed|failure|required|overdue|past due)`,
			`(?:insufficient|not enough|not have enough) (?:\w+ )?(?:funds|balance|money|credit)`,
			`balance\b.{0,30}\b(?:too low|low|insufficient|not (?:enough|sufficient)|negative|exhausted|empty)`,
			`(?:unpaid|overdue|outstanding|past due) (?:\w+ )?(?:bills?|invoices?|balance|payments?|fees?|amount)`,
			`billing (?:\w+ )?(?:is |has been )?(?:not enabled|disabled|inactive|suspended|required)`,
			`(?:subscription|trial|plan)\b.{0,20}\b(?:has |is )?(?:expired|ended|inactive|cancell?ed|past due|lapsed)`,
			`(?:shop|store|account) (?:is |has been |was )?(?:frozen)`,
			`(?:add|provide|update|enter) (?:a |your )?(?:valid )?(?:payment method|billing|credit card)`,
			`do not honou?r`,
			`^(?:\w+ ){0,2}declined(?: for\b|:|$)`,
		},
		unless: []string{`(?:state|status) is \w+`},
	},
	MeansConflict: {
		says: []string{
			`<cannot> (?:\w+ ){0,3}because\b.{0,60}\b(?:is|are|has|have|was|were)`,
			`(?:<cannot>|may not|not possible to|not allowed to|must not) (?:\w+[ -]){0,4}?<changed>\b.{0,80}\b(?:non[- ]?|not |already |in |while |when |once |after |is |are |has |have |was |were |an? |being )(?:\w+ ){0,3}?(?:<state>|state|status|progress|use|used|created|depend\w+|attached)`,
			`<cannot> (?:automatically )?(?:be )?(?:cherry-pick|merge|rebase)\w*`,
			`already (?:been )?(?:<state>|in progress|processed|used up|accepted|applied|declined|executed|claimed|redeemed|cherry-picked|ended|done|enabled|disabled|deployed|reversed)`,
			`(?:you|user|it|they)(?: have| has|'ve) already (?:been )?\w+(?:ed|en)`,
			`(?:still|currently) (?:in use|used|referenced|being|locked|running|processing|attached|in progress)`,
			`(?:is|are|being) (?:currently )?(?:locked|in use|referenced by|used by|busy)`,
			`^(?:\w+ ){1,3}busy`,
			`in use by`,
			`has (?:\w+ )?(?:dependent|dependen(?:cies|ts)|child|children|associated|linked|existing)\b.{0,60}\b(?:cannot|can't|could not|not)`,
			`(?:cannot|can't) be (?:deleted|removed)`,
			`(?:stale|outdated|out of date|version (?:mismatch|conflict)|optimistic lock\w*|edit conflict|update conflict|concurrent(?:ly)? (?:\w+ )?(?:modif|updat|request|edit)\w*)`,
			`(?:modified (?:by|since)|changed since|not the (?:current|latest) version)`,
			`(?:invalid|illegal|wrong|incorrect|unexpected) (?:\w+ )?(?:state|status)(?: (?:for|to|transition|change)|$)`,
			`(?:not|\w+n't) (?:in|in the) (?:a |an |the )?(?:\w+ ){0,3}(?:state|status)`,
			`(?:must|should|has to|needs to) be (?:in )?(?:an? |the )?(?:\w+ ){0,2}(?:state|status)`,
			`(?:in|its|current) (?:\w+ ){0,2}(?:state|status) (?:does not|doesn't|cannot|is not)`,
			`(?:state|status) (?:is )?\w+\b.{0,30}\b<cannot>`,
			`(?:state|status) is (?:already )?<state>`,
			`only (?:be )?(?:\w+ ){0,6}(?:in|with) (?:\w+ ){0,3}(?:state|status)`,
			`(?:another|other) (?:\w+ ){0,3}(?:is )?(?:in progress|already running|pending|under way)`,
			`no longer (?:be )?(?:<changed>|possible|editable|active|pending|open)`,
			`<cannot> \w+ (?:over|overwrite) (?:an? |the )?(?:existing|previous\w*)`,
		},
		unless: []string{`already exists?`, `(?:server|service|system) (?:is )?(?:too )?busy`},
	},
	MeansUnavailable: {
		says: []string{
			`overload(?:ed|ing)?`,
			`(?:temporarily|currently|momentarily) (?:un(?:available|reachable)|down|offline|not available)`,
			`(?:under|undergoing|scheduled|planned|for|in) maintenance`,
			`maintenance (?:mode|window|in progress)`,
			`(?:not|\w+n't) have (?:enough|sufficient) (?:\w+ )?(?:resources|capacity)`,
			`(?:no|insufficient|lack of|out of|at|not enough|limited) (?:\w+ )?capacity`,
			`service (?:is )?(?:\w+ )?(?:unavailable|down|offline)`,
			`server (?:is )?(?:too )?busy`,
		},
	},
	MeansTimeout: {
		says:   []string{`timed[- ]?out`, `time-?outs?`, `deadline (?:was |has been )?exceeded`, `took too long`},
		unless: []string{`time-?outs? (?:must|value|parameter|should|is not|invalid|of)`, `invalid time-?out`},
	},
	MeansVendorFailed: {
		says: []string{
			`(?:internal|unexpected|unhandled|unknown) (?:\w+ )?(?:errors?|exceptions?|failures?)`,
			`(?:errors?|exceptions?|failures?) (?:has |was |have |were )?(?:occurred |happened |thrown |encountered |raised )?(?:while|during|when|in) processing`,
			`something went wrong`,
		},
	},
	MeansBadValue: {
		says: []string{
			`(?:must|should|may|can) (?:not )?be (?:in the (?:past|future)|greater|less|more|at ?(?:least|most)|between|positive|negative|before|after|later|earlier|blank|empty|longer|shorter|higher|lower|no (?:more|less)|above|below|unique|equal|within|one of)`,
			`(?:can't|cannot|can not|may not) be (?:blank|empty|negative|in the past|in the future|zero|null|longer|greater|less|the same|before|after)`,
			`(?:must|should) be an? (?:valid )?(?:e-?mail|phone|date|url|uuid|number|integer|string|boolean|positive)`,
			`(?:is|are) (?:blank|empty)`,
			`too (?:long|short|high|low|small|big|weak|early|late|old|young)`,
			`is not an? (?:valid |recogni[sz]ed |supported |real |verified )?(?:\w+ )?(?:number|e-?mail(?: address)?|address|phone(?: number)?|date|currency|country|iban|card|postcode|zip(?: code)?|language|locale|url|signature|sender)`,
			`(?:invalid|incorrect|wrong|not a valid|unsupported) (?:\w+ )?(?:e-?mail(?: address)?|phone(?: number)?|mobile(?: number)?|credit ?card|(?:bank )?account number|card(?: number)?|iban|vat(?: number)?|date of birth|amount|currency|country(?: code)?|postal code|post ?code|zip ?code|tax (?:id|number)|cvc|cvv|expiry|quantity|price|address)`,
			`(?:e-?mail(?: address)?|phone(?: number)?|card number|iban|vat number|amount|currency|quantity|price|country code|postal code|post ?code|zip ?code)\b.{0,60}\b(?:is|was) (?:not valid|invalid|not accepted|not supported|out of range)`,
			`(?:number|iban|address|postcode) (?:is |was )?not recogni[sz]ed`,
			`out of (?:the )?(?:\w+ )?range`,
			`<cannot> (?:be )?(?:\w+ ){0,4}(?:over|above|below|under|beyond)\b`,
			`<cannot> (?:be )?(?:resolved?|geocoded?)`,
			`dates? (?:is|are|was) (?:invalid|not valid)`,
			`(?:country|currency|language|region|locale|destination)\b.{0,30}\b(?:is|are) not (?:supported|valid)`,
			`exceeds? (?:the )?(?:\w+ ){0,2}(?:maximum|limit|max|allowed|available|balance|stock|length|\w+ amount)`,
			`(?:minimum|maximum|min|max) (?:\w+ ){0,5}(?:is|are|of)`,
			`(?:at least|at most|no more than|fewer than|more than) \d+`,
			`do(?:es)? not match`,
			`in the past`,
			`cvc-[a-z-]+`, // of XML Schema, part 1, appendix C
			`invalid according to its datatype|constraint failed`,
			`must (?:have|contain|consist of|match|start with|end with)\b.{0,40}\b(?:\d+|one|two|characters?|digits?|letters?|formats?|patterns?)`,
			`^(?:\w+ )?validation (?:error|failed|failure)`,
			`bad value`,
			`(?:did not|didn't|does not|not) pass validation`,
			`<isnt> (?:valid for|available (?:for|on|in|at))`,
		},
	},
	MeansBodyTooLarge: {
		says: []string{
			`(?:request|payload|body|entity|file|upload|attachment|content)\b.{0,30}\btoo (?:large|big)`,
			`(?:request|payload|body|file|upload|attachment)(?: \w+)? (?:size )?exceeds?`,
			`maximum (?:request|payload|body|file|upload) size`,
		},
	},
	MeansTryAgain: {
		says: []string{
			`(?:request|operation|call|it)\b.{0,30}\b(?:should|can|may|must) (?:safely )?be (?:re-?tried|repeated|re-?sent|sent again|tried again)`,
			`(?:please|you (?:can|may|should)) (?:\w+ ){0,2}?(?:re-?try|try|send|repeat|resend)`,
			`(?:safe to|retry (?:the|your|this)) (?:re-?try|request|operation|call)`,
			`re-?try (?:later|again|your request|the request|this request)`,
			`try (?:your request |the request |this |it )?again (?:later|in|shortly|soon|after)`,
		},
		unless: []string{
			`(?:do not|don't|never|should not|shouldn't|must not) (?:re-?try|repeat|resend)`,
			`try (?:\w+ )?(?:another|a different|with)`,
		},
	},
}
