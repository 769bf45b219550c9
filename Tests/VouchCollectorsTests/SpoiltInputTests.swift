import Foundation
import Testing
import VouchCollectors
@_spi(Preservation) import VouchModel

/// A spoilt export costs itself: whatever happens to its bytes, a collector ends, without a crash,
/// with diagnostics.
@Suite struct SpoiltInputTests {
  @Test(arguments: FixtureCase.all)
  func everyCollectorEndsWhereverTheFileIsCutOff(_ fixture: FixtureCase) throws {
    let collector = try #require(Collectors.named(fixture.format))
    let item = try fixture.item()
    let bytes = try item.bytes()
    let parts = 8
    for part in 0..<parts {
      let cut = bytes.prefix(bytes.count * part / parts)
      let gathered = Gathered(Self.item(Data(cut), like: item), by: collector)
      #expect(gathered.thrown == nil, "cut at \(cut.count) bytes")
    }
  }

  @Test(arguments: FixtureCase.all)
  func everyCollectorEndsWhateverBytesAreChanged(_ fixture: FixtureCase) throws {
    let collector = try #require(Collectors.named(fixture.format))
    let item = try fixture.item()
    let original = try item.bytes()
    guard !original.isEmpty else { return }
    var random = LinearCongruential(state: UInt64(original.count))
    for _ in 0..<10 {
      var bytes = [UInt8](original)
      for _ in 0..<8 {
        let at = Int(random.next() % UInt64(bytes.count))
        let hostile: [UInt8] = [
          0, 0xFF, 0x22, 0x5B, 0x5D, 0x7B, 0x7D, 0x2C, 0x3A, 0x0A, 0x39, 0x2D, 0x3C, 0x20,
        ]
        bytes[at] = hostile[Int(random.next() % UInt64(hostile.count))]
      }
      let spoilt = Self.item(Data(bytes), like: item)
      _ = Collectors.recognising(Head(raw: try spoilt.head(), name: spoilt.provenance.name))
      #expect(Gathered(spoilt, by: collector).thrown == nil)
    }
  }

  /// Found by ``MutationTests``: the pattern of a line took the square of its length, 40 minutes.
  @Test(.timeLimit(.minutes(1))) func aLongLineOfBootsIsRefusedAtOnce() throws {
    let id = String(repeating: "0123456789abcdef", count: 2)
    let text = "-1 \(id) Mon\(String(repeating: " ", count: 70_000))x\n"
    let item = EvidenceItem.made(
      Data(text.utf8), name: "boots.txt", zone: "UTC", command: "journalctl --list-boots",
      host: "web-1")
    let gathered = Gathered(item, by: try #require(Collectors.named("journal_boots")))
    #expect(gathered.diagnosticIDs == ["journal_boots.unknown-boot"])
  }

  private static func item(_ bytes: Data, like item: EvidenceItem) -> EvidenceItem {
    .made(
      bytes, name: item.provenance.name, zone: item.zone?.identifier, format: item.format,
      options: item.options)
  }
}

/// The same numbers on every run (Knuth, MMIX).
private struct LinearCongruential {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
