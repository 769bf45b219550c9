import Testing

struct KernelCareSamplesTests {
  @Test func readsEverySample() throws {
    try expectSampleFacts(of: "kernelcare", zone: "UTC", options: ["asset": "file-name"])
  }
}
