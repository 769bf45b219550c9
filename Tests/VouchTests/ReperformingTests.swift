import Foundation
import Testing
import Vouch
import VouchModel

/// A package computed again from its raw evidence, also by a program whose rules have moved on.
@Suite struct ReperformingTests {
  private static let plain = Result {
    let demo = try DemoWorkspace()
    return (demo, try demo.bundle().receipt)
  }

  /// A package that was judged by a rule of its own for AST-01, which lets nothing pass: for this
  /// program a package of another version.
  private func ofOtherVersion() throws -> (DemoWorkspace, String) {
    let demo = try DemoWorkspace()
    let folder = demo.path + "/templates/controls/AST"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let rule = try #require(Templates.builtIn["controls/AST/AST-01.yaml"])
    let first = try #require(rule.firstMatch(of: /expr: ("[^"\n]*"|[^,}\n]*)/))
    try rule.replacingCharacters(in: first.range, with: "expr: \"0 = 1\"")
      .write(toFile: folder + "/AST-01.yaml", atomically: true, encoding: .utf8)
    return (demo, try demo.bundle().receipt.folder)
  }

  /// Takes the last row out of the export of changes.
  private func tamper(_ package: String) throws {
    let folder = package + "/data/evidence/registers"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let name = try #require(names.sorted().first { $0.contains("-change") })
    let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    let lines = text.split(separator: "\n").dropLast()
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  @Test func folderAndZipComeOutTheSame() throws {
    let (_, receipt) = try Self.plain.get()
    for path in [receipt.folder, receipt.archive] {
      let result = try Workspace.reperform(path, currentRules: true)
      #expect(result.isSame && result.differences.isEmpty && result.changedRules.isEmpty)
      #expect(result.controls == 8 && result.evidence > 0)
    }
  }

  /// By the package's own rules a later program comes to the package's verdicts.
  @Test func anotherVersionsPackageIsJudgedByItsOwnRules() throws {
    let (demo, folder) = try ofOtherVersion()
    let result = try Workspace.reperform(folder)
    #expect(result.isSame && result.differences.isEmpty)
    #expect(result.changedRules == ["AST-01"])
    withExtendedLifetime(demo) {}
  }

  @Test func whatOnlyARuleChangedIsToldApart() throws {
    let (demo, folder) = try ofOtherVersion()
    let result = try Workspace.reperform(folder, currentRules: true)
    #expect(result.isSame, "\(result.differences)")
    #expect(Set(result.differences.map(\.cause)) == ["rule"])
    #expect(Set(result.differences.map(\.control)) == ["AST-01"])
    let verdict = try #require(result.differences.first { $0.kind == "verdict" })
    #expect(verdict.packaged == "fail" && verdict.computed == "pass")
    #expect(result.differences.contains { $0.kind == "item" && !$0.item.isEmpty })

    // The same package with evidence that was changed afterwards.
    try tamper(folder)
    let both = try Workspace.reperform(folder, currentRules: true)
    #expect(!both.isSame)
    let causes = Dictionary(grouping: both.differences, by: \.control)
      .mapValues { Set($0.map(\.cause)) }
    #expect(causes["AST-01"] == ["rule"], "\(causes)")
    #expect(causes["CHG-01"] == ["evidence"], "\(causes)")
    withExtendedLifetime(demo) {}
  }

  @Test func aFigureThatTheEvidenceDoesNotGiveIsNamed() throws {
    let demo = try DemoWorkspace()
    let folder = try demo.bundle().receipt.folder
    let file = folder + "/data/check.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let start = try #require(
      text.range(of: #""id":"AST-01""#) ?? text.range(of: #""id": "AST-01""#))
    let verdict = try #require(
      text.range(
        of: #""verdict": ?"pass""#, options: .regularExpression,
        range: start.upperBound..<text.endIndex))
    try text.replacingCharacters(in: verdict, with: #""verdict":"fail""#)
      .write(toFile: file, atomically: true, encoding: .utf8)
    let result = try Workspace.reperform(folder)
    #expect(!result.isSame)
    #expect(
      result.differences.map {
        "\($0.control) \($0.kind) \($0.packaged) \($0.computed) \($0.cause)"
      }
        == ["AST-01 verdict fail pass evidence"])
  }
}
