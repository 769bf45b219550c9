import Foundation
import Testing
import Vouch
import VouchModel

/// Two packages side by side: what the evidence changed is told apart from what a rule changed.
@Suite struct CompareTests {
  private static let plain = Result {
    let demo = try DemoWorkspace()
    return (demo, try demo.bundle().receipt.folder)
  }

  /// A copy of the made-up company whose own rule for AST-01 lets nothing pass.
  private func withOtherRule() throws -> (DemoWorkspace, String) {
    let demo = try DemoWorkspace()
    let folder = demo.path + "/templates/controls/AST"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let rule = try #require(Templates.builtIn["controls/AST/AST-01.yaml"])
    let first = try #require(rule.firstMatch(of: /expr: ("[^"\n]*"|[^,}\n]*)/))
    try rule.replacingCharacters(in: first.range, with: "expr: \"0 = 1\"")
      .write(toFile: folder + "/AST-01.yaml", atomically: true, encoding: .utf8)
    return (demo, try demo.bundle().receipt.folder)
  }

  private func kinds(_ older: String, _ newer: String) throws -> [String: ControlChange] {
    let changes = try Workspace.compare(older: older, newer: newer).changes
    return Dictionary(uniqueKeysWithValues: changes.map { ($0.control, $0) })
  }

  @Test func aPackageDiffersInNothingFromItself() throws {
    let (_, folder) = try Self.plain.get()
    let changes = try kinds(folder, folder)
    #expect(changes["AST-01"]?.kind == .unchanged)
    #expect(changes["CHG-01"]?.kind == .stillFailing)
    #expect(changes.values.allSatisfy { $0.appeared.isEmpty && $0.disappeared.isEmpty })
  }

  @Test func aVerdictThatOnlyTheRuleChangedIsToldApart() throws {
    let (_, older) = try Self.plain.get()
    let (demo, newer) = try withOtherRule()
    defer { withExtendedLifetime(demo) {} }
    let changes = try kinds(older, newer)
    #expect(changes["AST-01"]?.kind == .ruleChanged)
    #expect(changes["AST-01"]?.changed == ["rule"])
    #expect(changes["AST-01"]?.older == "pass" && changes["AST-01"]?.newer == "fail")
    #expect(changes["CHG-01"]?.kind == .stillFailing && changes["CHG-01"]?.changed == [])

    let all = try Workspace.compare(older: older, newer: newer)
    let report = CompareReport(
      changes: all.changes, older: all.olderPeriod, newer: all.newerPeriod)
    #expect(report.text.contains("Changed only because the rule changed\n  AST-01"))
    #expect(report.html.contains("<h2>Changed only because the rule changed</h2>"))
    #expect(report.html.contains("<tr id=\"AST-01\">") && !report.html.contains("<script"))
    #expect(report.json.contains("\"rule_changed\""))
  }

  @Test func aVerdictThatTheEvidenceChangedIsARegression() throws {
    let (_, older) = try Self.plain.get()
    let demo = try DemoWorkspace()
    // A machine that nobody's inventory has turns up in a last export.
    let inbox = demo.path + "/evidence/inbox/nessus"
    try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: try nessus(with: "10.99.0.1", below: demo.path), toPath: inbox + "/late.nessus")
    let workspace = try Workspace(path: demo.path)
    _ = try workspace.collect(
      ["nessus"], now: { Instant(year: 2026, month: 9, day: 29) }, operator: "p-003", host: "h")
    let change = try #require(try kinds(older, demo.bundle().receipt.folder)["AST-01"])
    #expect(change.kind == .regressed && change.changed == [])
    #expect(change.appeared.contains { $0.contains("10.99.0.1") }, "\(change.appeared)")
  }

  /// A scan of one host.
  private func nessus(with address: String, below folder: String) throws -> String {
    let path = folder + "/late.nessus"
    try """
    <?xml version="1.0" ?>
    <NessusClientData_v2><Policy><policyName>Late</policyName></Policy>
    <Report name="Late"><ReportHost name="\(address)"><HostProperties>
    <tag name="HOST_START_TIMESTAMP">1790640000</tag>
    <tag name="HOST_END_TIMESTAMP">1790643600</tag>
    <tag name="host-ip">\(address)</tag>
    </HostProperties>
    <ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings"><plugin_output>Credentialed checks : no</plugin_output></ReportItem>
    </ReportHost></Report></NessusClientData_v2>
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}
