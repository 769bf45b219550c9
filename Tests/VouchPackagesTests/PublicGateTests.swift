import Foundation
import Testing
import VouchModel

@testable import VouchPackages

/// What must never be published, tried in every way that came to mind.
@Suite struct PublicGateTests {
  private static let page = "templates/packages/public/index.html.mustache"

  // MARK: Leaks

  private static let hidden: [(how: String, markup: String)] = [
    ("plain", "<p>srv-0001</p>"),
    ("upper case", "<p>SRV-0001</p>"),
    ("other separators", "<p>srv_0001 srv.0001</p>"),
    ("without separators", "<p>xsrv0001y</p>"),
    ("split by markup", "<p>s<b>rv-0</b>0<i></i>01</p>"),
    ("split by blocks", "<p>srv-</p><p>0001</p>"),
    ("letter by letter", "<p>s r v - 0 0 0 1</p>"),
    ("character references", "<p>&#115;&#x72;v&hyphen;0001</p>"),
    ("twice encoded", "<p>&amp;#115;rv-0001</p>"),
    ("percent", "<p><a href=\"#%73%72%76-0001\">x</a></p>"),
    ("base64", "<p>\(Data("host srv-0001".utf8).base64EncodedString())</p>"),
    ("base64 inside more", "<p>ab\(Data("srv-0001".utf8).base64EncodedString())</p>"),
    (
      "base64 of base64",
      "<p>\(Data(Data("name: srv-0001".utf8).base64EncodedString().utf8).base64EncodedString())</p>"
    ),
    ("hexadecimal", "<p>7372762d30303031</p>"),
    ("zero width", "<p>sr\u{200B}v\u{2060}-00\u{AD}01</p>"),
    ("look-alikes", "<p>ѕrv-0001</p>"),
    ("full width", "<p>ｓｒｖ－０００１</p>"),
    ("accents", "<p>sŕv-0001</p>"),
    ("attribute", "<p title=\"srv-0001\">x</p>"),
    ("class", "<p class=\"srv-0001\">x</p>"),
    ("data", "<p data-x=\"srv-0001\">x</p>"),
    ("mail", "<p>jane.roe@example.com</p>"),
    ("user of a mail", "<p>jane roe</p>"),
    ("address", "<p>10.20.0.11</p>"),
    ("short name", "<p>db-01</p>"),
    ("CVE", "<p>cve 2026 12345</p>"),
    ("plugin", "<p>plugin 19506</p>"),
    ("ticket", "<p>ops4711</p>"),
    ("path", "<p>evidence\\inbox\\hr\\staff-list.csv</p>"),
    ("file", "<p>staff-list.csv</p>"),
  ]

  @Test(arguments: hidden.indices)
  func aValueOfTheEvidenceIsFound(index: Int) throws {
    let (how, markup) = Self.hidden[index]
    let check = LeakCheck(
      values: PublicSample().identifying, allowed: AllowedText(wording: Wording([])))
    let page = "<!doctype html>\n<p id=\"before\">x</p>\n\(markup)\n<p>y</p>"
    let leaks = check.findings(in: ReadText(Array(page.utf8), path: "page", isMarkup: true))
    let leak = try #require(leaks.first, "\(how)")
    #expect(leak.id == "publish.leak" && leak.at.hasPrefix("page:3#"), "\(how): \(leak.at)")
    // Where and in which field, never the value itself.
    for (value, _) in PublicSample().values { #expect(!leak.rendered.contains(value), "\(how)") }
  }

  @Test func aValueInATemplateIsNamedByItsLine() throws {
    let found = try PublicSample().adding("<p>s<b>rv-0</b>0<i></i>01</p>").found()
    #expect(found.count == 1 && found.first?.hasPrefix("publish.leak \(Self.page):") == true)
  }

  @Test func aValueThatOnlyTheFinishedPageHasIsFoundThere() throws {
    // The template is in pieces that are whole only once it is rendered.
    let sample = try PublicSample().adding("<p>srv-{{#organization}}00{{/organization}}01</p>")
    #expect(try sample.found().contains { $0.hasPrefix("publish.leak index.html:") })
  }

  @Test func aValueInAStyleSheetOrInTheWordsIsFound() throws {
    let css = try PublicSample().replacing(
      ":root {", with: "/* srv-0001 */ :root {", in: "style.css")
    #expect(try css.found() == ["publish.leak templates/packages/public/style.css:2"])
    let words = try PublicSample().replacing(
      "skip: Skip to the content", with: "skip: Skip to db-01", in: "strings/en.yaml")
    #expect(
      try words.found().first?.hasPrefix("publish.leak templates/packages/public/strings/en.yaml:")
        == true)
  }

  @Test func aValueInManagementsWordsIsNamedByItsLine() throws {
    var sample = PublicSample()
    sample.publication.commitments = [
      PublicText("Backups of ｓｒｖ-0001 are kept.", at: "vouch.yaml:20")
    ]
    #expect(try sample.found() == ["publish.leak vouch.yaml:20"])
    #expect(try sample.findings().first?.text.contains("word 3") == true)
  }

  @Test func aControlTitleWithAHostNameStaysAtHome() throws {
    var sample = PublicSample()
    sample.title = "Accounts on srv-0001 are reviewed"
    let files = try sample.files()
    #expect(!files.values.contains { $0.contains("srv-0001") || $0.contains("reviewed") })
  }

  @Test func ordinaryWordsThatAreNamesTooDoNotStopTheFormItself() throws {
    var sample = PublicSample()
    sample.values += [
      ("uptime", "asset.hostname"), ("management", "account.account_id"),
      ("period", "asset.asset_id"),
      ("Security", "person.person_id"), ("not examined", "risk.title"), ("data", "asset.hostname"),
    ]
    #expect(try sample.found() == [])
  }

  @Test func ordinaryWordsThatAreNamesTooStandInOwnTextsOnlyWhenApproved() throws {
    var sample = PublicSample()
    sample.values += [("uptime", "asset.hostname")]
    sample.publication.commitments = [PublicText("High uptime.", at: "vouch.yaml:20")]
    #expect(try sample.found() == ["publish.leak vouch.yaml:20"])
    sample.publication.approvedTerms = ["Uptime"]
    #expect(try sample.found() == [])
    // Approved is the word, not what else has it in it.
    sample.values += [("uptime-01", "asset.hostname")]
    sample.publication.commitments = [PublicText("High uptime-01.", at: "vouch.yaml:20")]
    #expect(try sample.found() == ["publish.leak vouch.yaml:20"])
  }

  @Test func whatWasEnteredToBePublishedMayStandThere() throws {
    var sample = PublicSample()
    sample.values += [
      ("security@example.com", "account.names"), ("example.com", "asset.hostname"),
      ("Example Books", "asset.service_id"),
    ]
    #expect(try sample.found() == [])
    // But not elsewhere: the address does not approve the name in it.
    sample.publication.commitments = [PublicText("Run on example.com.", at: "vouch.yaml:20")]
    #expect(try sample.found() == ["publish.leak vouch.yaml:20"])
  }

  @Test func aServiceThatHasTheNameOfAMachineNeedsAnApproval() throws {
    var sample = PublicSample()
    sample.values += [("Web application", "asset.hostname")]
    #expect(try sample.found() == ["publish.leak vouch.yaml:13"])
    sample.publication.approvedTerms = ["web application"]
    #expect(try sample.found() == [])
  }

  @Test func aServiceIsNoSecretUnlessTheInventoryHasAMachineOfItsName() {
    var values = IdentifyingValues(services: ["web", "Web application"])
    values.add("web", field: "alert.asset_id")
    values.add("web.example.net:443", field: "certificate.endpoint")
    #expect(values.phrases["web"] == nil && values.phrases["web example net"] != nil)
    values.add("web", field: "asset.hostname", isInventory: true)
    #expect(values.phrases["web"] == "asset.hostname")
  }

  @Test func figuresAndDatesAreNotTakenForValues() throws {
    var sample = PublicSample()
    sample.values += [
      ("2026-09-30", "document.version"), ("42", "ticket.ticket_id"), ("2026", "ticket.ticket_id"),
      ("130", "change.change_id"), ("N/A", "asset.hostname"), ("a", "asset.hostname"),
    ]
    #expect(try sample.found() == [])
  }

  // MARK: Claims

  private static let claims = [
    "We are SOC 2 certified.", "Our SOC 3 page", "Fully compliant with everything",
    "Audited by experts", "In our opinion, all is well", "No exceptions noted", "cert<b>ified</b>",
    "c e r t i f i e d", "certi&#102;ied", "сertified", "CERTIFIED", "SOC\u{A0}3", "SOC-3",
    "zertifiziert nach SOC 2", "DSGVO-konform", "vollständig konform", "extern auditiert",
    "von Prüfern testiert", "mit Gütesiegel", "certifié par un tiers", "certificado",
    "gecertificeerd",
    "All criteria are met", "Alle Kriterien erfüllt", "five nines",
    Data("we are certified".utf8).base64EncodedString(),
  ]

  @Test(arguments: claims)
  func aClaimIsFoundInEveryLanguageAndForm(_ claim: String) throws {
    let page = "<!doctype html>\n<p id=\"x\">\(claim)</p>"
    let found = ClaimsCheck().findings(
      in: ReadText(Array(page.utf8), path: "page", isMarkup: true))
    #expect(found.first?.id == "publish.claim" && found.first?.at == "page:2#x", "\(found)")
  }

  @Test func aClaimInATemplateIsNamedByItsLine() throws {
    var sample = try PublicSample().adding("<p>cert<b>ified</b></p>")
    sample.publication.language = "de"
    #expect(try sample.found().first?.hasPrefix("publish.claim \(Self.page):") == true)
  }

  @Test func aClaimInManagementsWordsIsNamedByItsLine() throws {
    var sample = PublicSample()
    sample.publication.language = "de"
    sample.publication.description = PublicText("Wir sind zertifiziert.", at: "vouch.yaml:11")
    #expect(try sample.found() == ["publish.claim vouch.yaml:11"])
  }

  @Test func aLanguageWhoseClaimsAreNotKnownBringsItsOwn() throws {
    let english = try String(
      contentsOf: Sample.root.appending(path: "\(PublicPages.folder)/strings/en.yaml"),
      encoding: .utf8)
    var sample = PublicSample()
    sample.publication.language = "sv"
    let path = "\(PublicPages.folder)/strings/sv.yaml"
    sample.own[path] = english.replacing("language: en", with: "language: sv")
    #expect(try sample.found() == ["publish.language \(path)"])
    sample.own[path] = (sample.own[path] ?? "") + "claims: certifierad*; granskad av revisor\n"
    #expect(try sample.found() == [])
    sample.publication.description = PublicText("Granskad av revisorer.", at: "vouch.yaml:11")
    #expect(try sample.found() == [])
    sample.publication.description = PublicText("Granskad av revisor.", at: "vouch.yaml:11")
    #expect(try sample.found() == ["publish.claim vouch.yaml:11"])
  }

  @Test func theStatementsThatAreFixedCannotBeReworded() throws {
    let sample = try PublicSample().replacing(
      "notExamined: Not examined by an auditor.", with: "notExamined: Looked at by many.",
      in: "strings/en.yaml")
    #expect(
      try sample.found() == ["publish.fixed-words templates/packages/public/strings/en.yaml"])
  }

  @Test(arguments: [
    "<img src=\"seal.png\" alt=\"\">", "<svg></svg>", "<script>1</script>", "<iframe></iframe>",
    "<p onclick=\"x\">x</p>", "<p style=\"color:red\">x</p>", "<a href=\"javascript:x\">x</a>",
    "<a href=\"http://example.org\">x</a>", "<link rel=\"icon\" href=\"x\">",
    "<meta http-equiv=\"refresh\" content=\"1\">", "<form action=\"/\"></form>", "<!-- x -->",
    "<p>&hearts;</p>", "<p hidden>x</p>",
  ])
  func picturesScriptsAndRequestsAreRefused(_ markup: String) throws {
    let page = "<!doctype html>\n<main>\n\(markup)\n</main>"
    let found = MarkupCheck(path: "page").findings(Array(page.utf8))
    #expect(found.contains { $0.id == "publish.markup" && $0.at.hasPrefix("page:") })
  }

  @Test(arguments: [
    "#v-not-examined { display: none }", "dd{opacity:.0}", ".cards p { font-size: 0; }",
    "@media print { .notice { visibility: hidden } }", "main { transform: scale(0) }",
    ".lead { color: red; text-indent: -99rem }",
  ])
  func aStyleThatHidesIsRefused(_ rule: String) throws {
    let sample = try PublicSample().replacing(
      ".hint {", with: "\(rule)\n.hint {", in: "style.css")
    let found = try sample.found()
    #expect(found.count == 1 && found[0].hasPrefix("publish.markup templates/"), "\(found)")
  }

  @Test func aStyleOfTheOwnLookIsTaken() throws {
    let sample = try PublicSample().replacing(
      "--accent: #0f6b5d;", with: "--accent: #7a1f5c; opacity: 0.9; max-width: 100.5rem;",
      in: "style.css")
    #expect(try sample.found() == [])
  }

  @Test func managementsTextsHaveNoFiguresButPromises() throws {
    var sample = PublicSample()
    sample.publication.commitments = [PublicText("Up 99.9 % of a year.", at: "vouch.yaml:20")]
    #expect(try sample.found() == [])
    sample.publication.description = PublicText("99,99 Prozent im Jahr.", at: "vouch.yaml:11")
    #expect(try sample.found() == ["publish.figure-by-hand vouch.yaml:11"])
  }

  @Test(arguments: ["We have SOC 2.", "Our SOC-2 Type 2 of May", "SOC2 since 2020", "ＳＯＣ ２"])
  func aReportIsSpokenOfInItsOwnPlaceOnly(_ text: String) throws {
    var sample = PublicSample()
    sample.publication.commitments = [PublicText(text, at: "vouch.yaml:20")]
    #expect(try sample.found().contains("publish.claim vouch.yaml:20"))
  }

  // MARK: Truth

  @Test func aFigureTypedIntoTheTemplateIsFound() throws {
    let inside = try PublicSample().replacing(
      "data-state=\"{{state}}\">{{text}}</data>{{/uptime}}",
      with: "data-state=\"{{state}}\">99.9999 %</data>{{/uptime}}")
    #expect(
      try inside.found().contains {
        $0.hasPrefix("publish.figure-differs index.html:") && $0.hasSuffix("#f-uptime-1")
      })
    let beside = try PublicSample().adding("<p>99.9999 % uptime</p>")
    #expect(try beside.found().contains { $0.hasPrefix("publish.figure-by-hand index.html:") })
    let attribute = try PublicSample().replacing(
      "value=\"{{value}}\" data-state=\"{{state}}\">{{text}}</data>{{/target}}",
      with: "value=\"100\" data-state=\"{{state}}\">{{text}}</data>{{/target}}")
    #expect(try attribute.found().contains { $0.hasSuffix("#f-uptime-1-target") })
    let style = try PublicSample().replacing(
      ":root {", with: "dd::after { content: \"99.9999\"; } :root {", in: "style.css")
    #expect(try style.found().contains { $0.hasPrefix("publish.markup index.html:") })
    let made = try PublicSample().adding("<p id=\"f-uptime-9\">x</p>")
    #expect(try made.found().contains { $0.hasPrefix("publish.figure-by-hand") })
  }

  @Test func whatOnlySearchEnginesReadHasToBeTrueToo() throws {
    for (old, new) in [
      (
        "<meta property=\"og:type\"",
        "<meta name=\"keywords\" content=\"99.9999\"><meta property=\"og:type\""
      ),
      ("og:description\" content=\"{{abstract}}\"", "og:description\" content=\"Up 99.9999 %\""),
      ("{{{jsonLD}}}", "{\"name\": \"99.9999 % up\"}"),
    ] {
      let found = try PublicSample().replacing(old, with: new).found()
      #expect(found.count == 1 && found[0].hasPrefix("publish.statement-differs index.html:"))
    }
  }

  @Test func theXMLSaysNothingElseThanThePage() throws {
    for (old, new) in [
      ("<not-examined>{{notExamined}}", "<not-examined>Looked at."),
      ("valid-until=\"{{validUntil}}\"", "valid-until=\"2030-01-01\""),
      ("<commitment>{{title}}", "<commitment>Always up."),
      ("{{#report}}", "<report>A firm liked it.</report>{{#report}}"),
    ] {
      let sample = try PublicSample().replacing(old, with: new, in: "summary.xml.mustache")
      #expect(
        try sample.found().contains { $0.hasPrefix("publish.statement-differs summary.xml:") },
        "\(new)")
    }
  }

  @Test func aFigureTypedIntoTheXMLIsFound() throws {
    let sample = try PublicSample().replacing(
      "{{text}}</figure>", with: "100</figure>", in: "summary.xml.mustache")
    #expect(try sample.found().contains { $0.hasPrefix("publish.figure-differs summary.xml:") })
    let invalid = try PublicSample().replacing(
      "<title>", with: "<seal/><title>", in: "summary.xml.mustache")
    #expect(try invalid.found().contains { $0.hasPrefix("publish.invalid-xml summary.xml:") })
  }

  @Test func aFigureOrStatementThatIsLeftOutIsFound() throws {
    let line = "<p id=\"{{id}}\" data-state=\"{{state}}\">{{statement}}</p>"
    let without = try PublicSample().replacing(line, with: "")
    #expect(try without.found() == ["publish.missing index.html#v-category-security"])
    let better = try PublicSample().replacing(
      line, with: "<p id=\"{{id}}\" data-state=\"{{state}}\">All is well.</p>")
    #expect(try better.found().contains { $0.hasPrefix("publish.statement-differs index.html:") })
    let banner = try PublicSample().replacing(
      "<strong id=\"v-not-examined\">{{notExamined}}</strong>", with: "")
    #expect(try banner.found() == ["publish.missing index.html#v-not-examined"])
    let twice = try PublicSample().adding("<p id=\"v-minimum\">{{minimum}}</p>")
    #expect(try twice.found().contains { $0.hasPrefix("publish.twice") })
  }

  @Test func aFigureThatTheRecordsDoNotGiveIsFoundInEveryFile() throws {
    var truth = PublicSample.figures
    truth[0] = PublicSample.figure("K1", "web", "uptime", 99.5, target: 99.9)
    let found = try PublicSample().found(truth: truth)
    for file in ["index.html:", "summary.json#", "summary.xml:"] {
      #expect(found.contains { $0.hasPrefix("publish.figure-differs \(file)") }, "\(file)")
    }
  }

  @Test func hostileTextsOfManagementStayText() throws {
    var sample = PublicSample()
    sample.publication.description = PublicText(
      "</script><script>alert(1)</script>]]>\"'&\u{0}\u{202E}", at: "vouch.yaml:11")
    let files = try sample.files()
    #expect(files["index.html"]?.contains("<script>") == false)
    #expect((try? JSON.parse((files["summary.json"] ?? "").utf8)) != nil)
  }
}
