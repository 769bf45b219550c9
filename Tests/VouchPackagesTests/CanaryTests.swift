import Testing
import VouchModel
import VouchTestSupport

@testable import VouchPackages

/// Every text of an assessment is what an attacker would like it to be.
@Suite struct CanaryTests {
  static let poisons = [
    "\"><script>alert(1)</script>", "{{t.nav.skip}}{{{page.style}}}{{> pager}}",
    "<svg onload=alert(1)>", "'\" onmouseover='alert(1)' x=\"",
    "\u{1}\u{8}\u{B}\u{1B}[31m\u{7F}\u{85}\u{9B}\r\n\t", "\u{202E}txt.exe\u{2066}\u{200B}\u{FEFF}",
    // An accent on the quotation mark hides it from an escaper that reads by character.
    "\"\u{301} onclick=\"alert(1)\u{301}\"", "\u{600}\"\u{600}<b id=\u{600}'", "<\u{338}script>",
    "</style></code></pre></td></table><h1>", "&lt;script&gt;", "\u{2028}\u{FFFE}\u{E0041}",
  ]
  /// All of them, told apart by a name, so that a leak is found by its field.
  static func poison(_ field: String) -> String { poisons.joined() + field }

  @Test func noTextBecomesMarkupOnAnyPage() throws {
    let benign = Set(try Self.pages(poisoned: false).values.flatMap(shapes))
    for (path, html) in try Self.pages(poisoned: true) {
      for shape in shapes(html) where !benign.contains(shape) {
        Issue.record("\(path) has \(shape), which no text may make")
      }
    }
  }

  @Test func aBrowserTakesEveryTextForText() throws {
    let pages = try Self.pages(poisoned: true).sorted { $0.key < $1.key }
      .filter { $0.key.hasSuffix(".html") }.map { (name: $0.key, html: $0.value) }
    try Sample.withFolder { folder in
      guard let seen = try BrowserInspection.of(pages, mark: "alert(1)", in: folder) else { return }
      #expect(seen.findings == [])
      #expect(seen.texts > 1000)
    }
  }

  /// The browser tells when somebody forgets to escape.
  @Test(arguments: [
    ("<b>{}</b>", "<script>alert(1)</script>", ["<script>", "alert()"]),
    ("<b>{}</b>", "<svg onload=alert(1)>", ["attribute onload", "alert()"]),
    ("<b title='{}'>x</b>", "' onmouseover='alert(1)", ["attribute onmouseover"]),
    ("<b>{}</b>", "<img src=x onerror=alert(1)>", ["<img>", "alert()", "a request of img"]),
    ("<b>{}</b>", "<img src=http://alert.example/>", ["<img>", "requested http:"]),
    ("<a href='{}'>x</a>", "javascript:alert(1)", ["href=javascript:"]),
    ("<style>{}</style>", "b { color: red } /* alert(1) */", ["style sheet"]),
  ])
  func aBrowserFindsAPageThatForgetsToEscape(page: String, text: String, found: [String]) throws {
    try Sample.withFolder { folder in
      let html = "<!doctype html><title>x</title>" + page.replacing("{}", with: text)
      guard
        let seen = try BrowserInspection.of([("page", html)], mark: "alert(1)", in: folder)
      else { return }
      for finding in found {
        #expect(seen.findings.contains { $0.contains(finding) }, "\(finding) in \(seen.findings)")
      }
    }
  }

  @Test func everyTextIsStillThereForPeopleToRead() throws {
    let pages = try Self.pages(poisoned: true)
    for field in Self.fields {
      #expect(
        pages.values.contains {
          $0.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && $0.contains(field)
        },
        "\(field) stands on no page")
    }
  }

  @Test func noControlCharacterAndNoDirectionOverrideReachesAPage() throws {
    for (path, html) in try Self.pages(poisoned: true) {
      for scalar in html.unicodeScalars {
        let value = scalar.value
        let isForeign =
          (value < 0x20 && value != 0x0A && value != 0x09) || (0x7F..<0xA0).contains(value)
          || (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
          || [0x200B, 0x2028, 0xFEFF, 0xFFFE, 0xE0041].contains(value)
        if isForeign { Issue.record("\(path) has U+\(String(value, radix: 16))") }
      }
    }
  }

  @Test func aTemplateTagInATextStaysText() throws {
    let html = try #require(try Self.pages(poisoned: true)["data/index.html"])
    #expect(html.contains("{{t.nav.skip}}{{{page.style}}}{{&gt; pager}}"))
  }

  /// Tag names with the names of their attributes.
  private func shapes(_ html: String) -> [String] {
    HTMLReader(html).tags.map { tag in
      "<\(tag.name) \(tag.attributes.keys.sorted().joined(separator: " "))>"
    }
  }

  static let fields = [
    "organization", "system", "description", "preparedBy", "preparedFor", "title", "activity",
    "owner", "where", "completeness", "sql", "attribute", "expr", "means", "item", "place",
    "difference", "unlike", "explained", "parameter", "value", "incompleteness", "reason",
    "response", "gap", "action", "who", "reasonOf", "measure", "approver", "thing", "why",
    "source", "endpoint", "name", "query", "key", "operator", "host", "collector", "partial",
    "format", "diagnostic", "at", "because", "fix", "failure", "criterionTitle", "paraphrase",
    "technical", "manual", "subject", "measured", "method", "kpiSQL", "note", "kpiTitle",
    "request", "number", "notAdopted", "frequency",
  ]

  static func pages(poisoned: Bool) throws -> [String: String] {
    let text: (String) -> String = { poisoned ? poison($0) : "text of \($0)" }
    let requests = [
      AuditRequest(
        number: text("number"), text: text("request"), subjects: ["VM-02", text("about")])
    ]
    return try Sample.pages(of: assessment(text), requests: requests)
  }

  private static func assessment(_ text: (String) -> String) -> Assessment {
    let sample = Sample.assessment
    let control = control(text)
    let waiver = Engagement.Waiver(
      id: text("waiverID"), control: "VM-02", item: text("item"), attribute: text("letter"),
      reason: text("reasonOf"), measure: text("measure"), approver: text("approver"),
      approvedAt: Sample.at(2026, 7, 1), expiresAt: Sample.at(2026, 12, 1))
    var engagement = Sample.engagement
    engagement.organization = text("organization")
    engagement.system = text("system")
    engagement.systemDescription = text("description")
    engagement.preparedBy = text("preparedBy")
    engagement.preparedFor = text("preparedFor")
    engagement.waivers = [waiver]
    engagement.exclusions = [
      .init(kind: text("kind"), thing: text("thing"), reason: text("why"), approver: text("by"))
    ]
    engagement.adoptions = [
      .init(control: "VM-02", owner: text("owner"), activity: text("activity"))
    ]
    return Assessment(
      engagement: engagement, period: sample.period, asOf: sample.asOf,
      conclusions: [conclusion(control, waiver, text)], notAdopted: [notAdopted(text)],
      criteria: [criterion(text)] + sample.criteria.filter { $0.criterion.id != "CC7.1" },
      kpis: [kpi(text)], evidence: [evidence(text)],
      diagnostics: [
        Diagnostic(
          text("diagnostic"), .error, at: "\(evidence(text).label)#\(text("at"))",
          text("says"), why: text("because"), fix: text("fix"))
      ], incomplete: [(source: text("source"), text: text("failure"), criteria: ["CC7.1"])])
  }

  private static func control(_ text: (String) -> String) -> Control {
    Control(
      id: "VM-02", title: text("title"), activity: text("template"), category: .security,
      also: [], criteria: ["CC7.1"], automation: text("automation"), nature: text("nature"),
      frequency: text("frequency"), sources: [],
      population: .init(of: text("of"), where: text("where"), sql: text("sql")),
      completeness: .init(text: text("completeness"), sql: text("diff"), counts: text("counts")),
      mode: .snapshot, attributes: [.init(key: "A", text: text("attribute"), expr: text("expr"))],
      tolerance: .init(), empty: .pass, maxGapDays: 8, requires: [], coverage: text("coverage"),
      means: text("means"), fix: text("mend"), file: "templates/controls/VM/VM-02.yaml",
      digest: .sha256("x"))
  }

  private static func notAdopted(_ text: (String) -> String) -> Control {
    Sample.control("CRY-01", text("notAdopted"), criteria: ["CC6.1"], attributes: [])
  }

  private static func conclusion(
    _ control: Control, _ waiver: Engagement.Waiver, _ text: (String) -> String
  ) -> Conclusion {
    let items = [nil, waiver.id].flatMap { waiver in
      [Truth.false, .unknown].map {
        ItemResult(
          item: text("item"), attribute: "A", result: $0, decides: true, waiver: waiver,
          evidence: 1, place: text("place"))
      }
    }
    let slice = SliceResult(
      slice: Sample.period, verdict: .fail, reason: text("cause"), population: 4, deviations: 1,
      unknown: 1, waived: 1,
      attributes: [AttributeCount(attribute: control.attributes[0], true: 0, false: 2, unknown: 2)],
      items: items, reconciled: (population: 4, second: 5),
      differences: [
        .init(item: text("difference"), text: text("unlike"), explanation: text("explained"))
      ], coverage: [], incompleteness: [text("incompleteness")],
      parameters: [(name: text("parameter"), key: text("of"), value: text("value"))])
    return Conclusion(
      control: control, owner: text("owner"), slices: [slice, slice], verdict: .fail,
      reason: text("reason"),
      gaps: [
        .init(
          text: text("gap"), action: text("action"), owner: text("who"), due: nil,
          isRecoverable: true)
      ], evidence: [1], response: text("response"))
  }

  private static func criterion(_ text: (String) -> String) -> CriterionResult {
    CriterionResult(
      criterion: Criterion(
        id: "CC7.1", category: nil, title: text("criterionTitle"), paraphrase: text("paraphrase"),
        automatable: text("automatable"), technical: text("technical"), manual: text("manual")),
      controls: ["VM-02"], verdict: .fail, isInScope: true)
  }

  private static func kpi(_ text: (String) -> String) -> KPIResult {
    KPIResult(
      id: "K1", title: text("kpiTitle"), method: text("method"), sql: text("kpiSQL"),
      figures: [
        .init(
          id: "K1", subject: text("subject"), measure: text("measured"), value: 99.9,
          unit: text("unit"), target: 99.99, meets: false)
      ], note: text("note"))
  }

  private static func evidence(_ text: (String) -> String) -> EvidenceRow {
    EvidenceRow(
      evidence: 1, digest: .sha256("evidence"), size: 1,
      provenance: Provenance(
        source: text("source"), transport: text("transport"), endpoint: text("endpoint"),
        name: text("name"), query: text("query"), parameters: [text("key"): text("to")],
        operator: text("operator"), host: text("host"), collector: text("collector"),
        collectedAt: Sample.at(2026, 8, 1), partial: text("partial")),
      format: text("format"), effectiveAt: nil, coversFrom: nil, coversTo: nil, recordCount: 1,
      reportedTotal: nil, isComplete: false)
  }
}
