import Foundation
import Testing

/// Real exports of scanners; the outlines are in `Tests/Fixtures/samples/scanners.txt`.
struct ScannerSamplesTests {
  @Test func readsEverySample() throws {
    try checkSamples(of: "scanners")
  }
}

/// Real exports of hosting services and build tools; the outlines are in
/// `Tests/Fixtures/samples/sdlc.txt`.
struct SDLCSamplesTests {
  @Test func readsEverySample() throws {
    try checkSamples(of: "sdlc")
  }
}

/// Compares each sample of a family with its outline.
func checkSamples(of family: String) throws {
  if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
    try SampleOutline.record(family)
    return
  }
  for (path, zone, expected) in try SampleOutline.expected(family) {
    guard let actual = try SampleOutline.outline(path, zone: zone) else { continue }
    #expect(
      actual == expected,
      "\(path): \(firstDifference(expected, actual)); VOUCH_RECORD=1 rewrites the outlines")
  }
}
