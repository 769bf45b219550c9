import Foundation
import Testing
import VouchCollectors
import VouchModel

/// A report that was cut off lists fewer findings than there are: it may neither be complete nor
/// prove that what it does not list was fixed.
struct CutScanTests {
  private static let formats: Set<String> = [
    "cyclonedx", "grype", "nexpose", "openvas", "prowler", "qualys", "sarif", "security_hub",
    "trivy", "wazuh_vulnerabilities", "xccdf", "github_pulls", "github_repositories",
    "github_dependabot", "gitlab_merge_requests", "junit", "cobertura", "jacoco",
  ]

  @Test(arguments: FixtureCase.all.filter { formats.contains($0.format) })
  func provesNothing(_ fixture: FixtureCase) throws {
    let item = try fixture.item()
    // The end of a table cannot be seen in it.
    guard !item.provenance.name.hasSuffix(".csv") else { return }
    let whole = try item.bytes()
    let collector = try #require(Collectors.named(fixture.format))
    for part in 1...15 {
      let cut = whole.prefix(whole.count * part / 16)
      let gathered = Gathered(
        .made(
          Data(cut), name: item.provenance.name, zone: item.zone?.identifier,
          format: item.format, options: item.options), by: collector)
      #expect(!gathered.reading.isComplete, "\(cut.count) of \(whole.count) bytes")
      let scans = gathered.records(.scan)
      #expect(scans.allSatisfy { $0["status"] != .text("completed") }, "\(cut.count) bytes")
      let hosts = gathered.records(.scan_host)
      #expect(hosts.allSatisfy { $0["ended_at"] == .null }, "\(cut.count) bytes")
    }
  }
}
