import Foundation
import Testing
import VouchCollectors
@_spi(Preservation) import VouchModel
import VouchTestSupport

/// Every collector over every fixture, changed at random from a seed: it ends, soon, with records
/// and diagnostics, never with a trap.
///
/// A few seconds by default. `VOUCH_FUZZ_SECONDS=3600 VOUCH_FUZZ_SEED=7` goes on with other
/// changes. They are read in a process of their own, so that a trap is a case that failed, by name,
/// with its bytes kept.
@Suite(.serialized) struct MutationTests {
  @Test func noChangeOfAnExportStopsItsCollector() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let environment = ProcessInfo.processInfo.environment
      let end = Date().addingTimeInterval(
        environment["VOUCH_FUZZ_SECONDS"].flatMap(Double.init) ?? 6)
      var seed = environment["VOUCH_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
      let note = CurrentCase(path)
      let fixtures = try FixtureCase.all.map { ($0, try $0.item()) }
      var count = 0
      while Date() < end {
        for (fixture, item) in fixtures where Date() < end {
          let collector = try #require(Collectors.named(fixture.format))
          var mutation = Mutation(seed: seed)
          let bytes = Data(mutation.change([UInt8](try item.bytes())))
          seed += 1
          count += 1
          note.keep("\(fixture) seed \(seed - 1)", bytes)
          let changed = EvidenceItem.made(
            bytes, name: item.provenance.name, zone: item.zone?.identifier, format: item.format,
            options: item.options)
          let began = Date()
          let thrown = onItsOwnThread { () -> String? in
            if let head = try? changed.head() {
              _ = Collectors.recognising(Head(raw: head, name: changed.provenance.name))
            }
            return Gathered(changed, by: collector).thrown
          }
          #expect(thrown == nil, "\(fixture) seed \(seed - 1): \(thrown ?? "")")
          let took = Date().timeIntervalSince(began)
          #expect(took < 20, "\(fixture) seed \(seed - 1) took \(took) s")
        }
      }
      note.end("mutations: \(count) changed exports read")
    }
    note.tell()
  }
}
