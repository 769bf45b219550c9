import Foundation
import Testing
import Vouch
import VouchModel

/// The made-up company through the whole path: every control's result is held.
struct DemoCompanyTests {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/demo/expected.txt")

  private func result(in folder: String) throws -> String {
    let workspace = try Workspace(path: folder)
    let assessment = try workspace.assess(
      period: workspace.configuration.period, asOf: nil, progress: { _ in })
    return assessment.conclusions.map { c in
      "\(c.control.id) \(c.verdict.rawValue) \(c.population) \(c.deviations) \(c.unknown) \(c.waived)\n"
    }.joined()
      + assessment.tools.outcomes.map { "outcome \($0.name) \($0.count)\n" }.joined()
  }

  @Test func everyControlComesOutAsPlanted() throws {
    let folder = NSTemporaryDirectory() + "vouch-demo-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try Workspace.demo(folder, hosts: 42)
    let result = try result(in: folder)
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try result.write(to: Self.golden, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOf: Self.golden, encoding: .utf8)
    #expect(
      result == expected,
      "the company or a rule changed; VOUCH_RECORD=1 records the new result, to be read like code")
  }

  @Test func everyOutcomeOfAHostAndACVEAndEveryVerdictButOneIsThere() throws {
    let lines = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n")
    let outcomes = lines.filter { $0.hasPrefix("outcome ") }.map { $0.split(separator: " ")[1] }
    #expect(outcomes.map(String.init) == ToolReconciliation.Outcome.words.map(\.name))
    let verdicts = Set(
      lines.filter { !$0.hasPrefix("outcome ") }.map { String($0.split(separator: " ")[1]) })
    // Nothing in the company is scoped out whole.
    #expect(verdicts == Set(Verdict.allCases.map(\.rawValue)).subtracting(["not_applicable"]))
  }

  @Test func theWorkspaceOfThisRepositoryIsTheMadeUpCompany() throws {
    let root = Self.golden.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = NSTemporaryDirectory() + "vouch-demo-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try Workspace.demo(folder, hosts: 42)
    let made = FileManager.default.contents(atPath: folder + "/evidence/ledger.jsonl")
    let kept = FileManager.default.contents(
      atPath: root.appending(path: "evidence/ledger.jsonl").path)
    #expect(made == kept, "run 'make demo' and commit evidence/")
  }
}
