import Testing

struct IvantiSamplesTests {
  /// The console writes some times without zone, most likely in UTC.
  @Test func readsEverySample() throws { try expectSampleFacts(of: "ivanti", zone: "UTC") }
}
