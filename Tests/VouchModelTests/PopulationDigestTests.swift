import Testing
import VouchModel

@Suite struct PopulationDigestTests {
  private func streamed(_ keys: [String]) -> Digest {
    let digest = PopulationDigest()
    for key in keys { digest.add(key) }
    return digest.finish { keys }
  }

  @Test func isTheDigestOfSortedLines() {
    #expect(PopulationDigest.of(["b", "a", "a"]) == .sha256("a\na\nb\n"))
    #expect(PopulationDigest.of([]) == .sha256(""))
  }

  @Test(arguments: [["a", "b", "b"], ["10", "9", "1"], ["é", "z", "\u{1}x"], []])
  func comesOutTheSameInAnyOrder(keys: [String]) {
    #expect(streamed(keys) == PopulationDigest.of(keys))
    #expect(streamed(keys.reversed()) == PopulationDigest.of(keys))
  }

  @Test func takesKeysAsATableHasThem() {
    #expect(PopulationDigest.of(["a\u{1B}[31m\tb"]) == .sha256("a\u{FFFD}[31m\tb\n"))
  }
}
