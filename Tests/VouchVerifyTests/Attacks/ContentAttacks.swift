import Foundation

/// Changes to what the files say, by someone who makes totals, manifests and signature anew.
enum ContentAttacks {
  static let all = figures + workpapers + pages + styles

  private static let check = "data/check.json"
  private static let page = "data/controls/IAM-04.html"

  private static let figures: [Tamper] = [
    Tamper(
      "a criterion left out", .all,
      [
        "package.criterion": "package.xml",
        "check.criterion-missing": "check.json", "check.criterion-repeated": "check.json",
        "figures.unknown": "criteria.html",
      ]
    ) { try $0.replace(check, "\"id\" : \"P8.1\"", "\"id\" : \"P7.1\"") },
    Tamper("a criterion invented", .all, ["check.criterion-unknown": "check.json"]) {
      try $0.replace(
        check, "\"criteria\" : [\n    {",
        "\"criteria\" : [\n    {\"id\" : \"CC9.9\", \"verdict\" : \"insufficient_evidence\", \"controls\" : []},\n    {"
      )
    },
    Tamper(
      "a verdict turned into a pass in check.json", .all,
      [
        "package.verdict": "package.xml",
        "figures.differs": "IAM-04.html", "workpapers.verdict": "control-matrix.csv",
        "expected.verdict": "expected.csv", "oscal.check": "assessment-results.xml",
      ]
    ) { try $0.setVerdict("IAM-04", "pass") },
    Tamper(
      "a verdict that does not exist", .all,
      [
        "package.verdict": "package.xml",
        "check.verdict": "check.json", "figures.differs": "IAM-04.html",
        "workpapers.verdict": "control-matrix.csv", "expected.verdict": "expected.csv",
        "oscal.check": "assessment-results.xml",
      ]
    ) { try $0.setVerdict("IAM-04", "excellent") },
    Tamper(
      "a criterion that passes without a control", .all,
      [
        "package.criterion": "package.xml",
        "check.criterion-verdict": "check.json", "figures.differs": "criteria.html",
      ]
    ) {
      try $0.replace(
        check, "\"id\" : \"CC1.1\",\n      \"verdict\" : \"insufficient_evidence\"",
        "\"id\" : \"CC1.1\",\n      \"verdict\" : \"pass\"")
    },
    Tamper(
      "a criterion that passes although its control fails", .all,
      [
        "package.criterion": "package.xml",
        "check.criterion-verdict": "check.json", "figures.differs": "criteria.html",
      ]
    ) {
      try $0.replace(
        check, "\"id\" : \"CC6.2\",\n      \"verdict\" : \"fail\"",
        "\"id\" : \"CC6.2\",\n      \"verdict\" : \"pass\"")
    },
    Tamper(
      "a control hidden from its criterion", .all,
      ["package.criterion": "package.xml", "check.criterion-controls": "check.json"]
    ) {
      try $0.replace(
        check,
        "\"controls\" : [\n        \"CHG-01\"\n      ],\n      \"id\" : \"CC8.1\",\n      \"verdict\" : \"pass\"",
        "\"controls\" : [], \"id\" : \"CC8.1\", \"verdict\" : \"insufficient_evidence\"")
      try $0.replace(
        "data/criteria.html", "<td data-figure=\"CC8.1.verdict\">pass",
        "<td data-figure=\"CC8.1.verdict\">insufficient evidence")
    },
    Tamper(
      "a population made smaller", .all,
      [
        "workpapers.count": "control-matrix.csv", "expected.count": "expected.csv",
        "package.count": "package.xml",
        "figures.differs": "IAM-04.html", "workpapers.population": "populations/IAM-04.csv",
        "oscal.check": "assessment-results.xml",
      ]
    ) { try $0.replace(check, "\"population\" : 1204", "\"population\" : 120") },
    Tamper(
      "deviations made less", .all,
      [
        "workpapers.count": "control-matrix.csv", "expected.count": "expected.csv",
        "package.count": "package.xml", "oscal.check": "assessment-results.xml",
        "figures.differs": "IAM-04.html",
      ]
    ) {
      try $0.replace(check, "\"deviations\" : 1", "\"deviations\" : 0")
    },
    Tamper(
      "more waived than there are", .all,
      [
        "workpapers.count": "control-matrix.csv", "expected.count": "expected.csv",
        "package.count": "package.xml",
        "check.counts": "check.json", "figures.differs": "IAM-04.html",
      ]
    ) { try $0.replace(check, "\"waived\" : 1", "\"waived\" : 5000") },
    Tamper("a control listed twice", .all, ["check.control-repeated": "check.json"]) {
      try $0.replace(
        check, "\"controls\" : [\n    {",
        "\"controls\" : [\n    {\"id\" : \"BKP-02\", \"verdict\" : \"not_applicable\", \"population\" : 0, \"deviations\" : 0, \"unknown\" : 0, \"waived\" : 0, \"criteria\" : [\"A1.2\"], \"items\" : []},\n    {"
      )
    },
    Tamper(
      "a count taken out", .all,
      [
        "package.control": "package.xml",
        "check.malformed": "check.json#/controls/2", "check.control-unknown": "check.json",
        "figures.unknown": "IAM-04.html", "workpapers.unknown": "IAM-04.csv",

        "expected.control-unknown": "expected.csv",
        "oscal.control": "assessment-results.xml",
      ]
    ) { try $0.replace(check, "\"population\" : 1204,", "") },
    Tamper("figures that are no JSON", .all, ["check.malformed": "check.json:1"]) {
      try $0.write(check, "pass, all of it")
    },
    Tamper("figures of another schema", .all, ["check.schema": "check.json"]) {
      try $0.replace(check, "vouch-check/1", "vouch-check/9")
    },
    Tamper(
      "the figures left out", .all, ["check.missing": "check.json", "layout.missing": "check.json"]
    ) {
      try $0.remove(check)
    },
    Tamper("another verdict on a page", .all, ["figures.differs": "IAM-04.html"]) {
      try $0.replace(page, "verdict\">fail", "verdict\">pass")
    },
    Tamper("another count on a page", .all, ["figures.differs": "IAM-04.html"]) {
      try $0.replace(page, "population\">1204", "population\">12,040")
    },
    Tamper("another figure hidden behind the right one", .all, ["figures.differs": "IAM-04.html"]) {
      try $0.replace(page, "deviations\">1<", "deviations\"><span hidden=\"\">1</span>0<")
    },
    Tamper("another verdict on the overview", .all, ["figures.differs": "data/index.html"]) {
      try $0.replace("data/index.html", "<strong>fail</strong>", "<strong>not operated</strong>")
    },
    Tamper("the value behind a count changed", .all, ["figures.differs": "IAM-04.html"]) {
      try $0.replace(
        page, "data-figure=\"IAM-04.waived\"", "value=\"0\" data-figure=\"IAM-04.waived\"")
    },
    Tamper(
      "a translated verdict called by another word", .all, ["figures.differs": "IAM-04.html"]
    ) { sample in
      try sample.translate()
      try sample.replace(page, "value=\"fail\">Nicht erfüllt", "value=\"fail\">Erfüllt")
    },
    Tamper("two translated verdicts with one word", .all, ["figures.ambiguous": ".html"]) {
      try $0.translate(fail: "Erfüllt")
    },
    Tamper("a figure whose mark was taken off", .all, ["figures.missing": "IAM-04.html"]) {
      try $0.replace(page, " data-figure=\"IAM-04.deviations\"", "")
    },
    Tamper("a figure that is none", .all, ["figures.unknown": "IAM-04.html"]) {
      try $0.replace(page, "IAM-04.waived", "IAM-04.forgiven")
    },
  ]

  private static let workpapers: [Tamper] = [
    Tamper("a row taken out of a population", .all, ["workpapers.population": "CHG-01.csv"]) {
      try $0.replace("data/workpapers/populations/CHG-01.csv", "i1,true,\"two\nlines\"\r\n", "")
    },
    Tamper(
      "a population cut inside a row", .all,
      [
        "workpapers.cut": "CHG-01.csv", "workpapers.population": "CHG-01.csv",
      ]
    ) {
      let path = "data/workpapers/populations/CHG-01.csv"
      try $0.write(path, try $0.bytes(path).dropLast(4).map { $0 })
    },
    Tamper("a population left out", .all, ["workpapers.missing": "IAM-04.csv"]) {
      try $0.remove("data/workpapers/populations/IAM-04.csv")
    },
    Tamper("a population of no control", .all, ["workpapers.unknown": "IAM-99.csv"]) {
      try $0.write("data/workpapers/populations/IAM-99.csv", "item\n")
    },
    Tamper("a deviation taken out", .all, ["workpapers.deviation-missing": "deviations.csv"]) {
      try $0.replace("data/workpapers/deviations.csv", "IAM-04,Title,i0,A,false,true,L1\r\n", "")
    },
    Tamper("a deviation added", .all, ["workpapers.deviation-added": "deviations.csv"]) {
      try $0.write(
        "data/workpapers/deviations.csv",
        try $0.read("data/workpapers/deviations.csv") + "CHG-01,Title,i9,A,false,true,L9\r\n")
    },
    Tamper(
      "a deviation put on another item", .all,
      [
        "workpapers.deviation-missing": "deviations.csv",
        "workpapers.deviation-added": "deviations.csv",
      ]
    ) {
      try $0.replace("data/workpapers/deviations.csv", "IAM-04,Title,i0,A", "IAM-04,Title,i7,A")
    },
    Tamper(
      "deviations of a control that is not there", .all, ["workpapers.unknown": "deviations.csv"]
    ) {
      try $0.write(
        "data/workpapers/deviations.csv",
        try $0.read("data/workpapers/deviations.csv") + "XYZ-01,Title,i9,A,false,true,L9\r\n")
    },
    Tamper("a row unlike the others", .all, ["workpapers.malformed": "deviations.csv"]) {
      let path = "data/workpapers/deviations.csv"
      try $0.write(path, try $0.read(path) + "IAM-04,all well\r\n")
    },
    Tamper("a quote not closed", .all, ["workpapers.malformed": "deviations.csv"]) {
      let path = "data/workpapers/deviations.csv"
      try $0.write(path, try $0.read(path) + "\"IAM-04,\r\n")
    },
    Tamper("a column renamed", .all, ["workpapers.columns": "deviations.csv"]) {
      try $0.replace("data/workpapers/deviations.csv", "Title,Item", "Title,Thing")
    },
    Tamper("another verdict in the matrix", .all, ["workpapers.verdict": "control-matrix.csv"]) {
      try $0.replace("data/workpapers/control-matrix.csv", ",fail", ",pass")
    },
    Tamper(
      "the items of a control taken out of check.json", .all,
      [
        "expected.deviation-added": "expected.csv",
        "check.items": "check.json", "workpapers.deviation-added": "deviations.csv",
      ]
    ) {
      let text = try $0.read(check)
      try $0.write(check, text.replacing(/"items" : \[\s+\{[^\]]+\]/) { _ in "\"items\" : []" })
    },
    Tamper(
      "a deviation of another kind", .all,
      [
        "workpapers.deviation-missing": "deviations.csv",
        "workpapers.deviation-added": "deviations.csv",
      ]
    ) { try $0.replace("data/workpapers/deviations.csv", "i0,A,false", "i0,A,unknown") },
    Tamper(
      "a deviation said not to decide", .all, ["workpapers.deviation-missing": "deviations.csv"]
    ) {
      try $0.replace("data/workpapers/deviations.csv", "i0,A,false,true", "i0,A,false,false")
    },
    Tamper("another count in the matrix", .all, ["workpapers.count": "control-matrix.csv"]) {
      try $0.replace("data/workpapers/control-matrix.csv", "1204,1,1,1", "1204,0,1,1")
    },
    Tamper(
      "a control left out of the matrix", .all, ["workpapers.control-missing": "control-matrix.csv"]
    ) {
      let path = "data/workpapers/control-matrix.csv"
      let lines = try $0.read(path).components(separatedBy: "\r\n").filter { !$0.hasPrefix("IAM") }
      try $0.write(path, lines.joined(separator: "\r\n"))
    },
    Tamper("another verdict expected of the SQL", .all, ["expected.verdict": "expected.csv"]) {
      try $0.replace("data/reperform/expected.csv", "\"fail\"", "\"pass\"")
    },
    Tamper("another count expected of the SQL", .all, ["expected.count": "expected.csv"]) {
      try $0.replace("data/reperform/expected.csv", ",1204,", ",1205,")
    },
    Tamper(
      "a deviation that the SQL should not find", .all,
      ["expected.deviation-missing": "expected.csv"]
    ) {
      try $0.replace(
        "data/reperform/expected.csv", "\"IAM-04\",\"2026-Q3\",\"A\",\"false\",\"i0\",\"\"\n", "")
    },
    Tamper(
      "a control that the SQL should not come to", .all,
      [
        "expected.control-missing": "expected.csv"
      ]
    ) {
      try $0.replace(
        "data/reperform/expected.csv", "\"CHG-01\",\"2026-Q3\",\"verdict\",\"pass\",3,0,0,0\n", "")
    },
    Tamper(
      "a row of another control expected", .all, ["expected.control-unknown": "expected.csv:1"]
    ) {
      let path = "data/reperform/expected.csv"
      try $0.write(
        path, "\"XYZ-01\",\"2026-Q3\",\"verdict\",\"pass\",3,0,0,0\n" + (try $0.read(path)))
    },
    Tamper("a row that says nothing expected", .all, ["expected.malformed": "expected.csv:1"]) {
      let path = "data/reperform/expected.csv"
      try $0.write(path, "\"CHG-01\",\"all well\"\n" + (try $0.read(path)))
    },
    Tamper("records of other evidence", .all, ["package.records": "records.sqlite"]) {
      try Shell.run([
        "sqlite3", $0.place("data/reperform/records.sqlite"),
        "UPDATE evidence_item SET sha256 = '\(String(repeating: "c", count: 64))' WHERE evidence = 2",
      ])
    },
    Tamper("fewer records of an item of evidence", .all, ["package.records": "records.sqlite"]) {
      try Shell.run([
        "sqlite3", $0.place("data/reperform/records.sqlite"),
        "UPDATE evidence_item SET record_count = 1 WHERE evidence = 2",
      ])
    },
    Tamper("the rule of a control changed", .all, ["package.rule": "controls/IAM-04.yaml"]) {
      try $0.replace("data/reperform/templates/controls/IAM-04.yaml", "[]", "[ ]")
    },
    Tamper("the rule of a control left out", .all, ["package.rule": "package.xml"]) {
      try $0.remove("data/reperform/templates/controls/IAM-04.yaml")
    },
    Tamper("a page of the database spoilt", .all, ["records.damaged": "records.sqlite"]) {
      var bytes = try $0.bytes("data/reperform/records.sqlite")
      for index in 3072..<4096 { bytes[index] = 0x55 }
      try $0.write("data/reperform/records.sqlite", bytes)
    },
    Tamper("a database that is none", .all, ["records.damaged": "records.sqlite"]) {
      try $0.write("data/reperform/records.sqlite", String(repeating: "no database ", count: 20))
    },
    Tamper("a database whose rows are elsewhere", .all, ["records.wal": "records.sqlite"]) {
      var bytes = try $0.bytes("data/reperform/records.sqlite")
      bytes[18] = 2
      bytes[19] = 2
      try $0.write("data/reperform/records.sqlite", bytes)
    },
    Tamper("a database cut short", .all, ["records.damaged": "records.sqlite"]) {
      try $0.write(
        "data/reperform/records.sqlite",
        try $0.bytes("data/reperform/records.sqlite").prefix(4096).map { $0 })
    },
  ]

  /// A text put in front of the end of a page's body.
  private static func inPage(
    _ name: String, _ id: String, _ markup: String
  ) -> Tamper {
    Tamper(name, .all, ["pages.\(id)": page]) {
      try $0.replace(page, "</main>", "\(markup)</main>")
    }
  }

  private static let pages: [Tamper] = [
    inPage("a script", "script", "<script>alert(1)</script>"),
    inPage("a script in odd case", "script", "<sCrIpT src='x.js'></sCrIpT>"),
    inPage("a handler", "script", "<p onclick=\"alert(1)\">x</p>"),
    inPage("a handler in a drawing", "script", "<svg onload=\"alert(1)\"></svg>"),
    inPage("a link that runs something", "script", "<a href=\"javascript:alert(1)\">x</a>"),
    inPage("the same in references", "script", "<a href=\"&#106;avascript&#x3A;alert(1)\">x</a>"),
    inPage(
      "the same with a named colon", "malformed", "<a href=\"javascript&colon;alert(1)\">x</a>"),
    inPage("the same with a tab in it", "outside", "<a href=\"java&#9;script:alert(1)\">x</a>"),
    inPage("another page in a frame", "script", "<iframe srcdoc=\"x\"></iframe>"),
    inPage(
      "a picture from elsewhere", "outside", "<img alt=\"\" src=\"https://example.com/x.png\">"),
    inPage("a picture of any host's", "outside", "<img alt=\"\" src=\"//example.com/x.png\">"),
    inPage("a picture over a share", "outside", "<img alt=\"\" src=\"\\\\example.com\\x.png\">"),
    inPage(
      "pictures to choose from", "loads", "<img alt=\"\" src=\"../index.html\" srcset=\"x 2x\">"),
    inPage(
      "a drawing that uses another file", "loads",
      "<svg><use href=\"../index.html#row-IAM-04\"/></svg>"),
    inPage(
      "a link that tells someone", "loads",
      "<a href=\"../index.html\" ping=\"https://example.com\">x</a>"),
    inPage("a link with a page in it", "outside", "<a href=\"data:text/html,hello\">x</a>"),
    inPage("a link to a file of the reader's", "outside", "<a href=\"file:///etc/passwd\">x</a>"),
    inPage("a link out of the package", "outside", "<a href=\"../../../secret.html\">x</a>"),
    inPage("a link to nothing", "missing-target", "<a href=\"../nothing.html\">x</a>"),
    inPage("a link to no place", "missing-anchor", "<a href=\"../index.html#nothing\">x</a>"),
    inPage("a form", "element", "<form action=\"https://example.com\"></form>"),
    inPage("another base", "element", "<base href=\"https://example.com/\">"),
    inPage("a player", "element", "<video src=\"x.mp4\"></video>"),
    inPage("a page that leads on", "loads", "<meta http-equiv=\"refresh\" content=\"0\">"),
    inPage(
      "a style sheet fetched ahead", "loads", "<link rel=\"prefetch\" href=\"../index.html\">"),
    inPage("a value without quotes", "malformed", "<p title=x>x</p>"),
    inPage("an attribute twice", "malformed", "<p title=\"x\" title=\"y\">x</p>"),
    inPage("a comment that ends twice", "malformed", "<!-- a --!><script>alert(1)</script> -->"),
    inPage("a comment that is empty", "malformed", "<!--><script>alert(1)</script>-->"),
    inPage("a declaration", "malformed", "<![CDATA[ <p> ]]>"),
    inPage("an open quote", "malformed", "<p title=\"x>x</p>"),
    inPage(
      "an element of a thousand attributes", "malformed",
      "<p \((0..<1000).map { "data-\($0)=\"\"" }.joined(separator: " "))>x</p>"),
    inPage(
      "figures in figures", "malformed",
      String(repeating: "<b data-figure=\"IAM-04.waived\">", count: 20)),
    inPage("an id twice", "duplicate-id", "<p id=\"top\">x</p>"),
    Tamper("bytes that are no UTF-8", .all, ["pages.encoding": "data/kpis.html"]) {
      try $0.write("data/kpis.html", try $0.bytes("data/kpis.html") + [0xFF, 0xFE])
    },
    Tamper("a page of another encoding", .all, ["pages.encoding": "data/kpis.html"]) {
      try $0.replace("data/kpis.html", "<meta charset=\"utf-8\">", "<meta charset=\"utf-7\">")
    },
    Tamper("a page that is too long", .all, ["pages.size": "data/kpis.html"]) {
      try $0.replace("data/kpis.html", "<p>", "<p>" + String(repeating: "long ", count: 400_001))
    },
    Tamper("a page that is none", .all, ["pages.malformed": "data/kpis.html"]) {
      try $0.write("data/kpis.html", "<p>no doctype</p>")
    },
  ]

  private static let styles: [Tamper] = [
    inPage(
      "a style that loads", "loads", "<p style=\"background: url(https://example.com/x)\">x</p>"),
    inPage(
      "the same in escapes", "loads", "<p style=\"background: \\75\\72\\6C(//example.com/x)\">x</p>"
    ),
    inPage(
      "the same in a drawing", "loads", "<svg><rect fill=\"url(https://example.com/#x)\"/></svg>"),
    Tamper("a style sheet that imports", .all, ["pages.loads": page]) {
      try $0.replace(page, "<style>", "<style>@im\\70ort \"https://example.com/x.css\";")
    },
    Tamper("a font from elsewhere", .all, ["pages.loads": page]) {
      try $0.replace(page, "<style>", "<style>@font-face { font-family: x; src: local(x) }")
    },
    Tamper("a tag in a style sheet", .all, ["pages.malformed": page]) {
      try $0.replace(page, "<style>", "<style>a { content: \"<p>\" }")
    },
    Tamper("a style sheet beside the pages that loads", .all, ["pages.loads": "data/style.css"]) {
      try $0.write("data/style.css", "a { background: url(x.png) }")
    },
  ]
}

extension Sample {
  /// Writes the pages in German, as a package may be.
  func translate(fail: String = "Nicht erfüllt") throws {
    let words = [
      "pass": "Erfüllt", "fail": fail, "not operated": "Nicht ausgeführt",
      "not applicable": "Nicht anwendbar", "insufficient_evidence": "Nachweise reichen nicht",
    ]
    let pages =
      ["data/index.html", "data/criteria.html"]
      + SampleCheck.controls.map { "data/controls/\($0.id).html" }
    for path in pages {
      var text = try read(path).replacingOccurrences(of: "lang=\"en\"", with: "lang=\"de\"")
      for (word, translation) in words {
        let raw = word.replacingOccurrences(of: " ", with: "_")
        for (open, close) in [("<strong>", "</strong>"), ("", "</td>"), ("", "</span>")] {
          text = text.replacingOccurrences(
            of: ".verdict\">\(open)\(word)\(close)",
            with: ".verdict\" value=\"\(raw)\">\(open)\(translation)\(close)")
        }
        text = text.replacingOccurrences(
          of: ".verdict\">\(word.replacingOccurrences(of: " ", with: "_"))</td>",
          with: ".verdict\" value=\"\(raw)\">\(translation)</td>")
      }
      try write(path, text)
    }
  }

  /// Gives a control of `check.json` another verdict.
  fileprivate func setVerdict(_ control: String, _ verdict: String) throws {
    let path = "data/check.json"
    let text = try read(path)
    guard let start = text.range(of: "Title of \(control)"),
      let end = text.range(of: "\"verdict\" : \"fail\"", range: start.upperBound..<text.endIndex)
    else { throw Shell.Failure(description: "no verdict of \(control)") }
    try write(path, text.replacingCharacters(in: end, with: "\"verdict\" : \"\(verdict)\""))
  }
}
