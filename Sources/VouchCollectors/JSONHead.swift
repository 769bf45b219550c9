import VouchModel

extension Head {
  /// What the beginning of a JSON or JSON Lines file shows: the value with everything that is not
  /// finished left out. `.null` when this is no JSON.
  var jsonBeginning: JSON {
    guard json != nil else { return .null }
    if let end = text.firstIndex(of: "\n"), let line = try? JSON.parse(text[..<end].utf8),
      line.object != nil
    {
      return line
    }
    return (try? JSON.parse(JSONKeys.completed(Array(text.utf8)))) ?? .null
  }
}

extension JSON {
  /// Whether this is an object that has all of these keys.
  func has(all keys: String...) -> Bool { keys.allSatisfy(has) }
  /// Whether this is an object that has one of these keys.
  func has(any keys: String...) -> Bool { keys.contains(where: has) }
}
