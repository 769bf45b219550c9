import Foundation
import Testing

/// Audits that are run here, small ones.
@Suite struct ScannerPeerTests {
  @Test func lynisWritesItsReport() throws {
    guard Peer.find("lynis", package: "lynis") != nil else { return }
    let workspace = try PeerWorkspace()
    // All tests take a minute; this group is enough for a whole report.
    try Peer.shell(
      "lynis audit system --quick --no-colors --quiet --no-plugins --tests-from-group ssh --report-file '\(workspace.path)/report.dat' --log-file '\(workspace.path)/log' || true",
      in: workspace.path)
    let problems = try workspace.collect(
      """
      file: report.dat
      format: lynis
      zone: UTC
      """)
    #expect(!problems.contains { $0.hasPrefix("error") }, "\(problems)")
    #expect(
      try workspace.rows(
        "SELECT count(*), max(ended_at) >= max(started_at), max(tool_version) IS NOT NULL FROM scan"
      )
        == ["1|1|1"])
    #expect(try workspace.rows("SELECT count(*) > 0 FROM compliance_check") == ["1"])
  }

  @Test func openSCAPGivesItsResultsAsXCCDFAndARF() throws {
    guard let oscap = Peer.find("oscap", package: "openscap-scanner") else { return }
    let workspace = try PeerWorkspace()
    try workspace.write("oval.xml", Self.oval(present: workspace.path))
    try workspace.write("xccdf.xml", Self.benchmark)
    // Status 2: some rule failed, as one is made to.
    try Peer.shell(
      "\(oscap) xccdf eval --results results.xml --results-arf arf.xml xccdf.xml || [ $? -eq 2 ]",
      in: workspace.path)
    for file in ["results.xml", "arf.xml"] {
      let fresh = try PeerWorkspace()
      let problems = try fresh.collect(
        """
        file: "\(workspace.path)/\(file)"
        format: xccdf
        zone: UTC
        """)
      #expect(!problems.contains { $0.hasPrefix("error") }, "\(file): \(problems)")
      #expect(
        try fresh.rows("SELECT check_id, result FROM compliance_check ORDER BY check_id") == [
          "xccdf_org.example_rule_absent|failed", "xccdf_org.example_rule_present|passed",
        ], "\(file)")
      #expect(try fresh.rows("SELECT count(*) FROM scan WHERE ended_at >= started_at") == ["1"])
    }
  }

  /// What it finds without its database, which only a network gives: settings and secrets.
  @Test func trivyJudgesSettingsAndFindsSecrets() throws {
    guard let trivy = Peer.find("trivy", package: "from its publisher") else { return }
    let workspace = try PeerWorkspace()
    let key = "AKIA" + "QWERTYUIOPASDFGH"
    try Peer.shell(
      """
      mkdir tree tree/keys && echo 'aws_access_key_id = \(key)' > tree/keys/config.ini
      printf 'FROM debian:12\nRUN apt-get update\n' > tree/Dockerfile
      """, in: workspace.path)
    try Peer.shell(
      "'\(trivy)' --cache-dir cache fs --quiet --scanners misconfig,secret --skip-check-update --offline-scan --format json --output report.json tree",
      in: workspace.path)
    let problems = try workspace.collect(
      """
      file: report.json
      format: trivy
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows(
        "SELECT asset_id, check_id, result, severity FROM compliance_check WHERE check_id LIKE 'DS002%'"
      ) == ["tree|DS002 Dockerfile|failed|high"])
    #expect(
      try workspace.rows("SELECT asset_id, plugin_id, severity FROM finding")
        == ["tree|aws-access-key-id keys/config.ini|critical"])
    #expect(try workspace.rows("SELECT count(*) FROM scan WHERE ended_at IS NOT NULL") == ["1"])
    let records = try Data(
      contentsOf: URL(fileURLWithPath: "\(workspace.path)/.vouch/records.sqlite"))
    #expect(records.firstRange(of: Data(key.utf8)) == nil, "the secret is in the records")
  }

  private static let benchmark = """
    <?xml version="1.0" encoding="UTF-8"?>
    <Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_org.example_benchmark_tiny" resolved="1">
      <status>draft</status><title>Tiny</title><version>1</version>
      <Rule id="xccdf_org.example_rule_present" selected="true" severity="high"><title>A file that is there</title>
        <check system="http://oval.mitre.org/XMLSchema/oval-definitions-5"><check-content-ref href="oval.xml" name="oval:org.example:def:1"/></check></Rule>
      <Rule id="xccdf_org.example_rule_absent" selected="true" severity="low"><title>A file that is not</title>
        <check system="http://oval.mitre.org/XMLSchema/oval-definitions-5"><check-content-ref href="oval.xml" name="oval:org.example:def:2"/></check></Rule>
    </Benchmark>
    """

  /// Definition 1 is true (the file xccdf.xml of the folder), definition 2 false.
  private static func oval(present folder: String) -> String {
    func definition(_ n: Int) -> String {
      "<definition id='oval:org.example:def:\(n)' version='1' class='compliance'><metadata><title>t</title><description>d</description></metadata><criteria><criterion test_ref='oval:org.example:tst:\(n)'/></criteria></definition>"
    }
    func test(_ n: Int) -> String {
      "<file_test xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5#unix' id='oval:org.example:tst:\(n)' version='1' check='all' check_existence='at_least_one_exists' comment='c'><object object_ref='oval:org.example:obj:\(n)'/></file_test>"
    }
    func object(_ n: Int, _ name: String) -> String {
      "<file_object xmlns='http://oval.mitre.org/XMLSchema/oval-definitions-5#unix' id='oval:org.example:obj:\(n)' version='1'><path>\(folder)</path><filename>\(name)</filename></file_object>"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="http://oval.mitre.org/XMLSchema/oval-common-5">
        <generator><oval:schema_version>5.11</oval:schema_version><oval:timestamp>2026-07-01T00:00:00</oval:timestamp></generator>
        <definitions>\(definition(1))\(definition(2))</definitions>
        <tests>\(test(1))\(test(2))</tests>
        <objects>\(object(1, "xccdf.xml"))\(object(2, "not-there"))</objects>
      </oval_definitions>
      """
  }
}
