/// Aliases of YAML that stand for whole lists and mappings.
///
/// A parser that hands them out as they are makes a file of one kilobyte into one of gigabytes
/// ("billion laughs"), and libyaml has no limit of its own, so they are counted in the text first.
public enum YAMLAliases {
  /// More than anybody writes by hand, too few to grow by: sixteen give a factor of a few hundred.
  public static let limit = 16

  /// How many aliases name an anchor of a list or a mapping, and the line of the first; aliases of
  /// single words are left out.
  ///
  /// What looks like one inside a text counts too.
  public static func ofCollections(in text: String) -> (count: Int, line: Int) {
    // Most files have none, and then nothing has to be searched for.
    guard text.utf8.contains(UInt8(ascii: "&")), text.utf8.contains(UInt8(ascii: "*")) else {
      return (0, 0)
    }
    var anchors: Set<Substring> = []
    for match in text.matches(
      of: /(?:^|[\s,\[{:?-])&([^\s,\[\]{}]+)(?:\s*$|[ \t]+[\[{!&?|>#-])/
        .anchorsMatchLineEndings())
    {
      anchors.insert(match.1)
    }
    if anchors.isEmpty { return (0, 0) }
    var count = 0
    var first = 0
    for match in text.matches(of: /(?:^|[\s,\[{:?-])\*([^\s,\[\]{}]+)/.anchorsMatchLineEndings())
    where anchors.contains(match.1) {
      if count == 0 {
        first = 1 + text[..<match.range.lowerBound].utf8.count { $0 == 0x0A }
      }
      count += 1
    }
    return (count, first)
  }
}
