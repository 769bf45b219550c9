import Foundation
import Testing
import Vouch
import VouchModel

/// `vouch check --baseline` fails on new gaps only.
@Suite struct BaselineTests {
  /// A workspace in which nothing was collected: every control lacks evidence.
  private func withWorkspace(_ body: (URL, Assessment) throws -> Void) throws {
    try Program.inFolder { folder in
      try """
      organization: {name: A}
      system: {name: B}
      zone: UTC
      period: 2026-Q3
      controls: {AST-01: {owner: p-1}, VM-01: {owner: p-1}}
      """.write(
        to: folder.appending(path: "vouch.yaml"), atomically: true, encoding: .utf8)
      let workspace = try Workspace(path: folder.path)
      try body(folder, try workspace.assess(period: workspace.period(nil), asOf: nil))
    }
  }

  private func baseline(_ folder: URL, _ verdicts: [String: String]) throws -> Baseline {
    let controls = verdicts.map { "{\"id\": \"\($0)\", \"verdict\": \"\($1)\"}" }
    let file = folder.appending(path: "baseline.json")
    try """
    {"schema": "vouch-check/1", "as_of": "2026-09-01T00:00:00Z", "complete": true,
     "period": {"id": "2026-Q3"}, "controls": [\(controls.joined(separator: ","))]}
    """.write(to: file, atomically: true, encoding: .utf8)
    return try Baseline(file.path)
  }

  @Test func aGapThatTheBaselineHasIsKnownAndOneThatItHasNotIsNew() throws {
    try withWorkspace { folder, assessment in
      let known = try baseline(
        folder, ["AST-01": "fail", "VM-01": "insufficient_evidence", "GOV-01": "pass"])
      #expect(known.newGaps(assessment).isEmpty)
      #expect(known.holds(assessment))
      #expect(
        known.text(assessment) == """
          No new gap since the baseline (2026-Q3, as of 2026-09-01T00:00:00Z); 2 gaps known from it.
          No longer adopted, so not judged: GOV-01

          """)
      let new = try baseline(folder, ["AST-01": "pass"])
      #expect(new.newGaps(assessment).map(\.control.id) == ["AST-01", "VM-01"])
      #expect(!new.holds(assessment))
      #expect(new.text(assessment).contains("AST-01 insufficient evidence, was pass: "))
      #expect(new.text(assessment).contains("VM-01 insufficient evidence, was not adopted: "))
    }
  }

  @Test func knownGapsAreSkippedInJUnitAndUnchangedInSARIF() throws {
    try withWorkspace { folder, assessment in
      let baseline = try baseline(folder, ["AST-01": "fail", "VM-01": "pass"])
      let junit = CheckFormats.junit(assessment, baseline: baseline)
      #expect(junit.contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""))
      #expect(junit.contains("<skipped message=\"known gap, insufficient evidence: "))
      let sarif = try JSON.parse(CheckFormats.sarif(assessment, baseline: baseline).utf8)
      let results = sarif["runs"].elements.flatMap { $0["results"].elements }
      #expect(
        results.map { "\($0["ruleId"].string ?? "") \($0["baselineState"].string ?? "")" }
          == ["AST-01 unchanged", "VM-01 new"])
      #expect(!CheckFormats.sarif(assessment).contains("baselineState"))
    }
  }

  @Test func theExitStatusIsThatOfTheNewGaps() throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try withWorkspace { folder, _ in
      let first = try Program.run(vouch, ["check", "--format", "json"], in: folder)
      #expect(first.status == 1)
      try first.out.write(
        to: folder.appending(path: "then.json"), atomically: true, encoding: .utf8)
      let again = try Program.run(vouch, ["check", "--baseline", "then.json"], in: folder)
      #expect(again.status == 0, "\(again.err)")
      try first.out.replacing("\"insufficient_evidence\"", with: "\"pass\"").write(
        to: folder.appending(path: "then.json"), atomically: true, encoding: .utf8)
      #expect(try Program.run(vouch, ["check", "--baseline", "then.json"], in: folder).status == 1)
      let none = try Program.run(vouch, ["check", "--baseline", "none.json"], in: folder)
      #expect(none.status == 66)
      try "{}".write(to: folder.appending(path: "no.json"), atomically: true, encoding: .utf8)
      #expect(try Program.run(vouch, ["check", "--baseline", "no.json"], in: folder).status == 65)
    }
  }

  @Test func whereNothingIsAssessedNoBaselineHolds() throws {
    try Program.inFolder { folder in
      try "organization: {name: A}\nsystem: {name: B}\nzone: UTC\nperiod: 2026-Q3\n".write(
        to: folder.appending(path: "vouch.yaml"), atomically: true, encoding: .utf8)
      let workspace = try Workspace(path: folder.path)
      let assessment = try workspace.assess(period: workspace.period(nil), asOf: nil)
      #expect(!(try baseline(folder, [:])).holds(assessment))
    }
  }
}
