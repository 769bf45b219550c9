/// One item of a population as it was judged, with the columns of its record: a row of a workpaper.
public struct PopulationItem: Sendable, Hashable {
  /// 0-based number of the slice of the period.
  public var slice: Int
  /// The item's key, its parts joined by `|`.
  public var item: String
  /// Row of `evidence_item`, and place in it; nil when the item has no single origin.
  public var evidence: Int?
  public var place: String
  /// One result per attribute, in the control's order.
  public var results: [Truth]
  /// One value for each of the population's own columns: those beside item, evidence and place.
  public var values: [Value]
  /// False on a deciding attribute, and not waived.
  public var isDeviation: Bool

  public init(
    slice: Int, item: String, evidence: Int?, place: String, results: [Truth], values: [Value],
    isDeviation: Bool
  ) {
    self.slice = slice
    self.item = item
    self.evidence = evidence
    self.place = place
    self.results = results
    self.values = values
    self.isDeviation = isDeviation
  }
}
