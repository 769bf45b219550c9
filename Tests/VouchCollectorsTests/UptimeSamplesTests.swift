import Testing

struct UptimeSamplesTests {
  @Test func readsEverySample() throws {
    try expectSampleFacts(
      of: "uptime", zone: "America/Los_Angeles", options: ["asset": "file-name"])
  }
}
