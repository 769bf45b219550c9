import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct WordingLintTests {
  private let lint = WordingLint(.package)

  private func phrases(_ html: String) -> [String] {
    lint.findings(inPage: Array(html.utf8), path: "p.html").compactMap {
      $0.text.split(separator: "'").first.map(String.init)
    }
  }

  @Test(arguments: [
    "Certified by nobody", "a certification", "certifications", "fully compliant", "Audit passed",
    "auditor-approved", "Guaranteed uptime", "zero   risk", "No exceptions noted.",
    "in our\nopinion", "We have examined", "reasonable assurance", "Tests of controls",
    "we examined", "no <b>exceptions</b> noted", "<p title=\"certified\">", "IN OUR OPINION",
    "zertifiziert", "Wir haben geprüft", "hinreichende Sicherheit", "<td>compliant</td>",
    "no&nbsp;exceptions noted", "<h1 id=\"x\">SOC 2 certified</h1>",
  ])
  func blocks(html: String) {
    #expect(phrases(html).count == 1)
  }

  @Test(arguments: [
    "a certificate expires", "uncertified", "non-compliant hosts", "not compliant",
    "compliance with the policy", "<code>certified.csv</code>", "<pre>SELECT certified</pre>",
    "<samp>no exceptions noted</samp>", "<q>reasonable assurance</q>", "exceptions were noted",
    "<p>no exceptions</p><p>noted</p>", "<style>.certified { }</style>", "opinion",
    "<a href=\"certified.html\">x</a>", "<code>a</code>", "our auditor's test", "zero risks",
  ])
  func lets(html: String) {
    #expect(phrases(html) == [])
  }

  @Test func namesThePageAndTheNearestId() {
    let html = Array("<h2 id=\"a\">x</h2><p>fine</p><h2 id=\"b\">x</h2><p>a guarantee</p>".utf8)
    #expect(lint.findings(inPage: html, path: "data/index.html").map(\.at) == ["data/index.html#b"])
  }

  @Test func thePublicSummaryHasMoreToKeepOut() {
    let summary = WordingLint(.publicSummary)
    for text in ["SOC 3 summary", "our SOC 2 report", "SOC II", "an audited system"] {
      #expect(summary.findings(in: text, at: "title").count == 1, "\(text)")
      #expect(lint.findings(in: text, at: "title").isEmpty, "\(text)")
    }
  }

  @Test(arguments: ["en", "de"])
  func ourOwnPagesPass(language: String) throws {
    let requests = [AuditRequest(number: "1", text: "Lists", subjects: ["VM-02"])]
    _ = try Sample.pages(language: language, requests: requests)
  }

  @Test func ourTemplatesAndWordsSayNothingBlocked() throws {
    let top = Sample.root.appending(path: "templates")
    let names = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
    for name in (names ?? []).sorted() where name.hasSuffix(".yaml") {
      let text = try String(contentsOf: top.appending(path: name), encoding: .utf8)
      #expect(lint.findings(in: text, at: name).map(\.rendered) == [])
    }
  }

  @Test func aResponseInAnAuditorsWordsStopsThePackage() throws {
    let conclusions = Sample.conclusions.map { old in
      Conclusion(
        control: old.control, owner: old.owner, slices: old.slices, verdict: old.verdict,
        reason: old.reason, gaps: old.gaps, evidence: old.evidence,
        response: old.control.id == "IAM-04" ? "No exceptions noted, we guarantee it." : "")
    }
    #expect { try Sample.pages(of: Sample.assessment(conclusions: conclusions)) } throws: { error in
      (error as? Refusal)?.diagnostics.map(\.at)
        == [String](repeating: "data/controls/IAM-04.html#response", count: 2)
    }
  }

  @Test func advisesOnWhatManagementShouldLookAtAgain() {
    var engagement = Sample.engagement
    let copied = "Accounts are disabled within a day after the last day at work of their owner."
    engagement.adoptions = [
      .init(control: "IAM-04", owner: "", activity: copied),
      .init(control: "VM-02", owner: "Kim Doe", activity: "\(copied)\nTODO: say more"),
      .init(control: "LOG-01", owner: "Kim Doe", activity: "Since 2027-01-01 logs are kept."),
      .init(control: "INC-04", owner: "Kim Doe", response: "Done by 2027-01-01 by Kim Doe."),
    ]
    let sample = Sample.assessment
    let conclusions = Sample.conclusions.map { old in
      Conclusion(
        control: old.control, owner: old.control.id == "IAM-04" ? " " : old.owner,
        slices: old.slices, verdict: old.verdict, reason: old.reason, gaps: old.gaps,
        evidence: old.evidence)
    }
    let advice = WordingLint.advice(
      on: Assessment(
        engagement: engagement, period: sample.period, asOf: sample.asOf,
        conclusions: conclusions, notAdopted: [], criteria: sample.criteria, kpis: [],
        evidence: sample.evidence, diagnostics: [], incomplete: []))
    #expect(advice.allSatisfy { $0.severity == .warning })
    #expect(
      advice.filter { $0.id != "wording.not-adapted" }.map { "\($0.id) \($0.at)" } == [
        "wording.owner-missing templates/controls/IAM/IAM-04.yaml",
        "wording.repeated vouch.yaml: VM-02", "wording.placeholder vouch.yaml: VM-02",
        "wording.date-after-as-of vouch.yaml: LOG-01",
      ])
    #expect(
      advice.filter { $0.id == "wording.not-adapted" }.map { $0.text.prefix(6) }
        == ["BCK-01", "GOV-02", "INC-04", "PHY-01"])
  }

  @Test(arguments: [
    "The control is operating effectively.", "Access is secure.",
    "Access was reviewed without exception.",
    "Die Maßnahme ist wirksam.",
  ])
  func advisesAgainstTextsThatReadLikeConclusions(text: String) {
    var engagement = Sample.assessment.engagement
    engagement.adoptions = [.init(control: "VM-02", owner: "Kim Doe", activity: text)]
    let sample = Sample.assessment
    let advice = WordingLint.advice(
      on: Assessment(
        engagement: engagement, period: sample.period, asOf: sample.asOf, conclusions: [],
        notAdopted: [], criteria: [], kpis: [], evidence: [], diagnostics: [], incomplete: []))
    #expect(advice.contains { $0.id == "wording.conclusion" && $0.at == "vouch.yaml: VM-02" })
    engagement.adoptions = [
      .init(control: "VM-02", owner: "Kim Doe", activity: "Kim Doe reviews access each month.")
    ]
    let plain = WordingLint.advice(
      on: Assessment(
        engagement: engagement, period: sample.period, asOf: sample.asOf, conclusions: [],
        notAdopted: [], criteria: [], kpis: [], evidence: [], diagnostics: [], incomplete: []))
    #expect(!plain.contains { $0.id == "wording.conclusion" })
  }
}
