import Foundation
import Testing
import VouchModel

@testable import VouchCollectors

struct SubjectHostTests {
  private func host(
    _ name: String = "export.txt", command: String? = nil, on machine: String = "collector",
    asset: String? = nil
  ) -> String? {
    EvidenceItem.made(
      Data(), name: name, options: asset.map { ["asset": $0] } ?? [:], command: command,
      host: machine
    ).subjectHost
  }

  @Test(arguments: [
    ("ssh web-01 uptime", "web-01"),
    ("ssh audit@web-01.example.org sudo last", "web-01.example.org"),
    ("/usr/bin/ssh -o BatchMode=yes -p 2222 -i key audit@db-01 x", "db-01"),
    ("ssh -4 -T -p2222 -J jump.example.org app-01 x", "app-01"),
    (#"["ssh","-o","BatchMode=yes","audit@web-02","last"]"#, "web-02"),
    ("kcarectl --info", "collector"),
  ]) func isTheMachineThatTheCommandReached(_ command: String, _ expected: String) {
    #expect(host(command: command) == expected)
  }

  @Test func isNeverTheCollectorWhenSSHNamesNobody() {
    #expect(host(command: "ssh -V") == nil)
  }

  @Test func isNobodyForACopiedFile() {
    #expect(host(on: "laptop-of-the-compliance-lead") == nil)
  }

  @Test func isTheConfiguredAssetBeforeAnythingElse() {
    #expect(host(command: "ssh web-01 uptime", asset: "shop-frontend") == "shop-frontend")
  }

  @Test(arguments: [
    ("web-01__kcarectl.txt", "web-01"), ("web-01.example.org.txt", "web-01.example.org"),
    ("inbox/last/db-01.txt", "db-01"), ("web-01.example.org__a.b.txt", "web-01.example.org"),
  ]) func isInTheFileNameWhenAskedFor(_ name: String, _ expected: String) {
    #expect(host(name, asset: "file-name") == expected)
  }
}

struct MonitorTextTests {
  @Test(arguments: [
    ("60", 60), ("60.0", 60), ("30s", 30), ("1h30m", 5400), ("0", nil), ("5x", nil), ("", nil),
  ]) func readsDurationsOfPrometheus(_ text: String, _ seconds: Int?) {
    #expect(prometheusDuration(text) == seconds)
  }

  @Test(arguments: [
    ("web-01:9100", "web-01"), ("https://api.example.org:443/health", "api.example.org"),
    ("[2001:db8::1]:9100", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"), ("web-01", "web-01"),
  ]) func findsTheHostOfAnEndpoint(_ endpoint: String, _ host: String) {
    #expect(hostPart(ofEndpoint: endpoint) == host)
  }

  @Test func decodesOnlyValidEscapes() {
    #expect(percentDecoded("https%3A%2F%2Fa%2Fb%zz%4") == "https://a/b%zz%4")
  }
}

/// Exports that stop in the middle, as a full disk or a broken connection leaves them.
struct CutExportTests {
  private static let formats: Set<String> = [
    "ivanti_isec", "ivanti_neurons", "canonical_livepatch", "kernelcare_eportal", "jira",
    "servicenow", "zendesk", "github_issues", "prometheus", "uptimerobot", "uptime_kuma",
    "statuspage", "pingdom", "sysstat_json", "sysstat_xml",
  ]

  @Test(arguments: FixtureCase.all.filter { formats.contains($0.format) })
  func isNeverComplete(_ fixture: FixtureCase) throws {
    let whole = try Data(contentsOf: fixture.export)
    let collector = try #require(Collectors.named(fixture.format))
    // The last byte that matters is the closing bracket; everything before it is a cut.
    for cut in [whole.count / 4, whole.count / 2, whole.count * 3 / 4, whole.count - 3] {
      let item = EvidenceItem.made(
        whole.prefix(cut), zone: "UTC", options: ["asset": "web-01", "service": "shop"])
      let gathered = Gathered(item, by: collector)
      #expect(!gathered.reading.isComplete, "\(cut) of \(whole.count) bytes")
    }
  }

  @Test(arguments: FixtureCase.all)
  func endsTheReadingAndNothingElse(_ fixture: FixtureCase) throws {
    let whole = try Data(contentsOf: fixture.export)
    let collector = try #require(Collectors.named(fixture.format))
    for cut in [0, 1, whole.count / 3, whole.count * 2 / 3] {
      let item = EvidenceItem.made(whole.prefix(cut), options: ["asset": "web-01"])
      _ = Gathered(item, by: collector)
    }
  }
}
