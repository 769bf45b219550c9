import Foundation
import Testing
import VouchCollectors
import VouchModel

/// Every real export of Tenable's products is read, or refused with the right diagnostic.
struct NessusSamplesTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let file: String
    let format: String
    /// `TYPE COUNT first key … last key`.
    let counts: [String]
    var observations = 0
    var plugins = 0
    /// Distinct CVE ids of all plugins and findings.
    var cves = 0
    var diagnostics: [String] = []

    var testDescription: String { file }
  }

  static let samples: [Sample] = [
    Sample(
      file: "compliance-stig-minimal.nessus", format: "nessus",
      counts: [
        "host_sighting 1 nessus|192.168.0.1 … nessus|192.168.0.1",
        "scan 1 5c2829381956 … 5c2829381956",
        "scan_host 1 5c2829381956|192.168.0.1 … 5c2829381956|192.168.0.1",
      ],
      observations: 3, plugins: 3, diagnostics: ["nessus.host-unfinished"]),
    Sample(
      file: "compliance-tags-minimal.nessus", format: "nessus",
      counts: [
        "host_sighting 1 nessus|h … nessus|h", "scan 1 56d6d02973da … 56d6d02973da",
        "scan_host 1 56d6d02973da|h … 56d6d02973da|h",
      ],
      diagnostics: ["nessus.check-without-id", "nessus.host-unfinished"]),
    Sample(
      file: "defectdojo-with-cvssv3.nessus", format: "nessus",
      counts: [
        "host_sighting 1 nessus|testphp.vulnweb.com … nessus|testphp.vulnweb.com",
        "scan 1 dummy scan 2022-03-23T13:31:51Z … dummy scan 2022-03-23T13:31:51Z",
        "scan_host 1 dummy scan 2022-03-23T13:31:51Z|testphp.vulnweb.com … "
          + "dummy scan 2022-03-23T13:31:51Z|testphp.vulnweb.com",
      ],
      observations: 49, plugins: 48, cves: 136),
    Sample(
      file: "heimdall2-home-network.nessus", format: "nessus",
      counts: [
        "host_sighting 3 nessus|10.0.0.3 … nessus|10.0.0.1",
        "scan 1 Home Network 2022-03-22T18:54:47Z … Home Network 2022-03-22T18:54:47Z",
        "scan_host 3 Home Network 2022-03-22T18:54:47Z|10.0.0.3 … "
          + "Home Network 2022-03-22T18:54:47Z|10.0.0.1",
      ],
      observations: 149, plugins: 80, cves: 34),
    Sample(
      file: "ruby-nessus-example_v2.nessus", format: "nessus",
      counts: [
        "host_sighting 2 nessus|snorby.org … nessus|scanme.insecure.org",
        "scan 1 Ruby-Nessus 2009-12-11T02:57:52 … Ruby-Nessus 2009-12-11T02:57:52",
        "scan_host 2 Ruby-Nessus 2009-12-11T02:57:52|snorby.org … "
          + "Ruby-Nessus 2009-12-11T02:57:52|scanme.insecure.org",
      ],
      observations: 69, plugins: 34, cves: 3, diagnostics: ["nessus.zone-unknown"]),
    Sample(
      file: "ruby-nessus-example_v3.nessus", format: "nessus",
      counts: [
        "host_sighting 1 nessus|10.0.0.1 … nessus|10.0.0.1",
        "scan 1 10.0.0.1 2014-03-21T09:46:41 … 10.0.0.1 2014-03-21T09:46:41",
        "scan_host 1 10.0.0.1 2014-03-21T09:46:41|10.0.0.1 … "
          + "10.0.0.1 2014-03-21T09:46:41|10.0.0.1",
      ],
      observations: 155, plugins: 106, cves: 34, diagnostics: ["nessus.zone-unknown"]),
    Sample(
      file: "was-empty.xml", format: "nessus",
      counts: [
        "host_sighting 1 tenable_was|http://google.com/ … tenable_was|http://google.com/",
        "scan 1 google.com 2021-03-12T12:34:30Z … google.com 2021-03-12T12:34:30Z",
        "scan_host 1 google.com 2021-03-12T12:34:30Z|http://google.com/ … "
          + "google.com 2021-03-12T12:34:30Z|http://google.com/",
      ]),
    Sample(
      file: "was-many.xml", format: "nessus",
      counts: [
        "host_sighting 1 tenable_was|http://google.com/ … tenable_was|http://google.com/",
        "scan 1 google.com 2021-03-12T12:34:30Z … google.com 2021-03-12T12:34:30Z",
        "scan_host 1 google.com 2021-03-12T12:34:30Z|http://google.com/ … "
          + "google.com 2021-03-12T12:34:30Z|http://google.com/",
      ],
      observations: 5, plugins: 5),
    Sample(
      file: "csv-nessus-all.csv", format: "nessus_csv",
      counts: [
        "host_sighting 1 nessus|52.208.101.182 … nessus|52.208.101.182",
        "scan 1 csv-nessus-all.csv 2e5ebf0b7e11 … csv-nessus-all.csv 2e5ebf0b7e11",
        "scan_host 1 csv-nessus-all.csv 2e5ebf0b7e11|52.208.101.182 … "
          + "csv-nessus-all.csv 2e5ebf0b7e11|52.208.101.182",
      ],
      observations: 29, plugins: 25, cves: 1, diagnostics: ["nessus_csv.no-scan-time"]),
    Sample(
      file: "csv-nessus-cvss4-epss.csv", format: "nessus_csv",
      counts: [
        "host_sighting 2 nessus|192.168.0.100 … nessus|192.168.0.101",
        "scan 1 csv-nessus-cvss4-epss.csv 75515bd29720 … csv-nessus-cvss4-epss.csv 75515bd29720",
        "scan_host 2 csv-nessus-cvss4-epss.csv 75515bd29720|192.168.0.100 … "
          + "csv-nessus-cvss4-epss.csv 75515bd29720|192.168.0.101",
      ],
      observations: 5, plugins: 5, cves: 5,
      diagnostics: [
        "nessus_csv.spreadsheet-damage", "nessus_csv.spreadsheet-damage",
        "nessus_csv.spreadsheet-damage", "nessus_csv.spreadsheet-damage",
        "nessus_csv.spreadsheet-damage", "nessus_csv.spreadsheet-damage", "nessus_csv.no-scan-time",
      ]),
    Sample(
      file: "csv-nessus-default.csv", format: "nessus_csv",
      counts: [
        "host_sighting 1 nessus|52.208.101.182 … nessus|52.208.101.182",
        "scan 1 csv-nessus-default.csv 98ae31c89406 … csv-nessus-default.csv 98ae31c89406",
        "scan_host 1 csv-nessus-default.csv 98ae31c89406|52.208.101.182 … "
          + "csv-nessus-default.csv 98ae31c89406|52.208.101.182",
      ],
      observations: 29, plugins: 25, cves: 1, diagnostics: ["nessus_csv.no-scan-time"]),
    Sample(
      file: "csv-tenable-io-legacy.csv", format: "tenable_csv",
      counts: [
        "finding 9 ip-127-0-0-1.us-west-2.compute.internal|176700|0/tcp … "
          + "ip-192-168-1-110.us-west-2.compute.internal|176699|0/tcp",
        "host_sighting 2 tenable_vm|ip-127-0-0-1.us-west-2.compute.internal … "
          + "tenable_vm|ip-192-168-1-110.us-west-2.compute.internal",
      ],
      cves: 18),
    Sample(
      file: "csv-tenable-sc.csv", format: "tenable_csv",
      counts: [
        "finding 4 10.1.1.1|35291|443/tcp … 10.2.1.1|65821|443/tcp",
        "host_sighting 2 tenable_sc|10.1.1.1 … tenable_sc|10.2.1.1",
      ],
      cves: 3, diagnostics: ["tenable_csv.zone-unknown", "tenable_csv.zone-unknown"]),
    Sample(
      file: "csv-tenable-vm-explore.csv", format: "tenable_csv",
      counts: [
        "finding 58 37a1abf9-0e32-49e3-b565-7491c77da33f|33851|0/tcp … "
          + "054c8a6b-662f-4cb9-b087-6853b7bcd99c|70658|22/tcp",
        "host_sighting 56 tenable_vm|37a1abf9-0e32-49e3-b565-7491c77da33f … "
          + "tenable_vm|054c8a6b-662f-4cb9-b087-6853b7bcd99c",
      ],
      cves: 21),
    Sample(
      file: "csv-was-header-only.csv", format: "nessus_csv",
      counts: [
        "scan 1 csv-was-header-only.csv ba923c33795a … csv-was-header-only.csv ba923c33795a"
      ],
      diagnostics: ["nessus_csv.no-scan-time"]),
    Sample(
      file: "csv-was.csv", format: "nessus_csv",
      counts: [
        "host_sighting 1 tenable_was|google.com … tenable_was|google.com",
        "scan 1 csv-was.csv 280603f26531 … csv-was.csv 280603f26531",
        "scan_host 1 csv-was.csv 280603f26531|google.com … csv-was.csv 280603f26531|google.com",
      ],
      observations: 5, plugins: 5, diagnostics: ["nessus_csv.no-scan-time"]),
    Sample(
      file: "tenable-io-assets-chunk.json", format: "tenable_assets",
      counts: [
        "host_sighting 6 tenable_vm|e6782de6-e520-4fa8-8ca9-49286d7fca2a … "
          + "tenable_vm|48cabb0b-f0fe-4db8-9a96-4fec60e4d4f4"
      ]),
    Sample(
      file: "tenable-io-export-status.json", format: "tenable_vm",
      counts: []),
    Sample(
      file: "tenable-io-vulns-chunk.json", format: "tenable_vm",
      counts: [
        "finding 19 e6782de6-e520-4fa8-8ca9-49286d7fca2a|159106|0/tcp … "
          + "e6782de6-e520-4fa8-8ca9-49286d7fca2a|153583|0/tcp",
        "host_sighting 1 tenable_vm|e6782de6-e520-4fa8-8ca9-49286d7fca2a … "
          + "tenable_vm|e6782de6-e520-4fa8-8ca9-49286d7fca2a",
        "scan 1 604e71f6-d732-4d8a-bd0d-7b8ea6c88196 … 604e71f6-d732-4d8a-bd0d-7b8ea6c88196",
        "scan_host 1 604e71f6-d732-4d8a-bd0d-7b8ea6c88196|e6782de6-e520-4fa8-8ca9-49286d7fca2a … "
          + "604e71f6-d732-4d8a-bd0d-7b8ea6c88196|e6782de6-e520-4fa8-8ca9-49286d7fca2a",
      ],
      cves: 255),
  ]

  @Test(arguments: samples)
  func readsEverySample(_ sample: Sample) throws {
    guard let item = Samples.item("nessus/\(sample.file)") else { return }
    let head = Head(raw: try item.head(), name: item.provenance.name)
    let recognising = Collectors.all.filter { $0.recognises(head) }.map { $0.format }
    #expect(recognising == [sample.format])
    let gathered = try #require(try Gathered(recognised: item))
    #expect(gathered.counts == sample.counts)
    #expect(gathered.sink.observations.count == sample.observations)
    #expect(gathered.sink.plugins.count == sample.plugins)
    #expect(gathered.cves.count == sample.cves)
    #expect(gathered.diagnosticIDs == sample.diagnostics)
    #expect(gathered.thrown == nil)
  }

  @Test func everySampleIsExpected() throws {
    guard let folder = Samples.root?.appending(path: "nessus") else { return }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == Self.samples.map(\.file).sorted())
  }

  /// The sample's host 10.0.0.3 was scanned with credentials, the other two were not.
  @Test func knowsWhichHostsWereScannedWithCredentials() throws {
    guard let item = Samples.item("nessus/heimdall2-home-network.nessus") else { return }
    let gathered = Gathered(item, by: NessusSamplesTests.collector)
    let flags = gathered.records(.scan_host).map { ($0["asset_id"], $0["credentialed"]) }
    #expect(flags.map(\.0) == [.text("10.0.0.3"), .text("10.0.0.2"), .text("10.0.0.1")])
    #expect(flags.map(\.1) == [.integer(1), .integer(0), .integer(0)])
  }

  static let collector: any Collector.Type = Collectors.named("nessus") ?? Collectors.all[0]
}

extension Gathered {
  /// The CVE ids of all plugins and findings.
  fileprivate var cves: Set<String> {
    let lists = records(.finding).compactMap { record -> [String]? in
      guard case .text(let list) = record["cves"] else { return nil }
      return try? JSON.parse(Array(list.utf8)).strings
    }
    return Set(sink.plugins.flatMap(\.cves) + lists.joined())
  }
}
