import Testing
import VouchModel

/// Vectors SA-1 to SA-7 of the KPI formulas.
struct SamplingTests {
  @Test(arguments: [
    (0.90, [45, 38, 32, 28, 25, 22]), (0.95, [59, 49, 42, 36, 32, 29]),
  ])
  func sizesWithoutExpectedDeviations(confidence: Double, sizes: [Int]) {
    let tolerable = [0.05, 0.06, 0.07, 0.08, 0.09, 0.10]
    #expect(tolerable.map { Sampling.size(confidence: confidence, tolerable: $0) } == sizes)
  }

  @Test(arguments: [
    (25, 0, 0.90, 8.8), (25, 1, 0.90, 14.7), (25, 2, 0.90, 19.9), (60, 0, 0.90, 3.8),
    (60, 1, 0.90, 6.3), (25, 0, 0.95, 11.3), (25, 1, 0.95, 17.6),
  ])
  func upperLimitsOfTheRate(size: Int, deviations: Int, confidence: Double, percent: Double) {
    let limit = Sampling.upperLimit(size: size, deviations: deviations, confidence: confidence)
    #expect((limit * 1000).rounded() / 10 == percent)
  }

  @Test func theSeedDecidesTheDraw() {
    let keys = (1...10).map { $0 < 10 ? "CHG-00\($0)" : "CHG-010" }
    let drawn = Sampling.draw(keys, seed: "2026Q1-CPA", size: 4)
    #expect(drawn.map(\.key) == ["CHG-003", "CHG-009", "CHG-007", "CHG-004"])
    #expect(drawn[0].digest.hex.hasPrefix("0b6247df"))
    #expect(
      Sampling.draw(keys.reversed(), seed: "2026Q1-CPA", size: 4).map(\.key) == drawn.map(\.key))
    #expect(Sampling.draw(keys, seed: "another", size: 4).map(\.key) != drawn.map(\.key))
  }

  @Test func aPopulationSmallerThanTheSampleIsDrawnWhole() {
    #expect(Sampling.draw(["a", "b"], seed: "s", size: 25).count == 2)
  }
}
