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
    #expect(Set(gathered.sink.plugins.flatMap(\.cves)).count == sample.cves)
    #expect(gathered.diagnosticIDs == sample.diagnostics)
    #expect(gathered.thrown == nil)
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
