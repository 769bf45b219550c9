import VouchModel

/// A field's name as part of a diagnostic's id: lower case, words joined by hyphens.
private func idPart(_ field: String) -> String {
  String(field.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
}

extension Diagnostic {
  /// A word of a closed list that is not on the list. Only the beginning of the word is shown.
  static func unknownWord(
    _ format: String, _ field: String, _ word: String, at place: String, why: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).unknown-\(idPart(field))", .error, at: place,
      "\(field) '\(word.prefix(40))' is not one this reader knows",
      why: why,
      fix: "check that the export is unedited; if the tool added the word, map it in the reader")
  }

  /// A field without which an entry cannot be a record.
  static func missingField(
    _ format: String, _ field: String, at place: String, why: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).missing-\(idPart(field))", .error, at: place, "'\(field)' is missing",
      why: why, fix: "export it again with this field included")
  }
}
