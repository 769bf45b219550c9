import VouchModel

/// The statements that judge a control, made from its file.
public enum ControlSQL {
  /// One row per item: each attribute in the control's order, then item, evidence and place.
  static func judged(_ control: Control) -> String {
    let attributes = control.attributes.map { "(\($0.expr)) AS \"\($0.key)\"" }
    return """
      WITH population AS (
      \(control.population.sql)
      )
      SELECT \(attributes.joined(separator: ", ")), item, evidence, place FROM population
      """
  }

  /// The same with every column of the population, for workpapers, sorted by item.
  static func workpaper(_ control: Control) -> String {
    let attributes = control.attributes.map { "(\($0.expr)) AS \"\($0.key)\"" }
    return """
      WITH population AS (
      \(control.population.sql)
      )
      SELECT \(attributes.joined(separator: ", ")), population.* FROM population ORDER BY item
      """
  }

  /// Every piece of SQL in a control, with the key of the file it stands under.
  static func pieces(_ control: Control) -> [(key: String, sql: String)] {
    var pieces = [("population.sql", control.population.sql)]
    for attribute in control.attributes {
      pieces.append(
        (
          "attributes.\(attribute.key).expr",
          "WITH population AS (\n\(control.population.sql)\n) SELECT (\(attribute.expr)) FROM population"
        ))
    }
    if let sql = control.completeness.sql { pieces.append(("completeness.sql", sql)) }
    if let sql = control.completeness.counts { pieces.append(("completeness.counts", sql)) }
    if let sql = control.coverage { pieces.append(("coverage", sql)) }
    return pieces
  }

  /// Names of the parameters that a control's SQL mentions.
  static func parameters(_ control: Control, among names: Set<String>) -> Set<String> {
    var used: Set<String> = []
    for (_, sql) in pieces(control) {
      var word = ""
      for c in sql + " " {
        if c.isLetter || c.isNumber || c == "_" {
          word.append(c)
        } else {
          if names.contains(word) { used.insert(word) }
          word = ""
        }
      }
    }
    return used
  }
}
