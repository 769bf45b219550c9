import GRDB
import VouchModel

/// The script with which stock `sqlite3` recomputes every verdict from the records, without us.
///
///     sqlite3 records.sqlite < controls.sql | diff - expected.csv
///
/// It is plain SQL 3.40 and only makes temporary tables. The program's own evaluation walks the
/// rows in Swift; this script counts them in SQL. That both agree is a check of each.
public enum ReperformScript {
  /// What the script has to print for these conclusions.
  ///
  /// One line per control and slice (`"VM-02","2026-Q3","verdict","fail",412,3,0,1`: population,
  /// deviations, unknown, waived), then one line per item and deciding attribute that is false or
  /// unknown (`"VM-02","2026-Q3","A","false","web-01|…",""`, the last cell being the waiver).
  public static func expected(_ conclusions: [Conclusion]) -> String {
    var out = ""
    for conclusion in conclusions.sorted(by: { $0.control.id < $1.control.id }) {
      for slice in conclusion.slices {
        let head = "\(cell(conclusion.control.id)),\(cell(slice.slice.id))"
        out +=
          "\(head),\"verdict\",\(cell(slice.verdict.rawValue)),\(slice.population),\(slice.deviations),\(slice.unknown),\(slice.waived)\n"
        // The script prints lines in the order of their bytes; Swift compares strings otherwise.
        var lines = slice.items.filter(\.decides).map { item in
          "\(head),\(cell(item.attribute)),\(cell(item.result.rawValue)),\(cell(item.item)),\(cell(item.waiver ?? ""))\n"
        }
        lines.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for line in lines { out += line }
      }
    }
    return out
  }

  private static func cell(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 != UInt8(ascii: "\"") && $0 != 0x0A }) { return "\"\(text)\"" }
    return "\"\(text.replacing("\"", with: "\"\"").replacing("\n", with: " "))\""
  }

  /// The script itself.
  static func script(
    _ conclusions: [Conclusion], _ evaluator: Evaluator, failed: [String: Set<RecordType>]
  ) throws -> String {
    var out = header(evaluator)
    var current: Period?
    for conclusion in conclusions.sorted(by: { $0.control.id < $1.control.id }) {
      for slice in conclusion.slices {
        if current != slice.slice {
          out +=
            "\n-- ==== Period \(slice.slice.start.iso8601) to \(slice.slice.end.iso8601) (first instant after it)\n"
          out += Context.dropSQL.map { $0 + ";\n" }.joined()
          out += evaluator.context(for: slice.slice).sql.map { $0 + ";\n" }.joined()
          current = slice.slice
        }
        out += try section(conclusion.control, slice.slice, evaluator, failed)
      }
    }
    return out + footer
  }

  private static func header(_ evaluator: Evaluator) -> String {
    let waivers = evaluator.engagement.waivers.map {
      "(\(quoted($0.id)), \(quoted($0.control)), \(quoted($0.item)), \(quoted($0.attribute)), \($0.approvedAt.seconds), \($0.expiresAt.seconds))"
    }
    let explained = evaluator.engagement.exclusions.filter {
      ["difference", "asset"].contains($0.kind)
    }
    .map { "(\(quoted($0.thing)))" }
    var out = """
      -- Every verdict of this package again, from its records, with stock sqlite3 (3.40 or later):
      --   sqlite3 records.sqlite < controls.sql > mine.csv
      --   diff mine.csv expected.csv
      -- No output of diff means that every verdict and every deviating item is the same.
      -- Only temporary tables are made; records.sqlite is not changed.

      CREATE TEMP TABLE printed(line TEXT);
      CREATE TEMP TABLE outcome(judged INTEGER, item TEXT, attribute TEXT, result TEXT, attested INTEGER, waiver TEXT);
      CREATE TEMP TABLE given_waiver(waiver_id TEXT, control_id TEXT, item TEXT, attribute TEXT, approved_at INTEGER, expires_at INTEGER);
      CREATE TEMP TABLE explained(item TEXT);
      CREATE TEMP TABLE point(at INTEGER);
      CREATE TEMP TABLE span(f INTEGER, t INTEGER);
      CREATE TEMP TABLE incomplete(reason TEXT);

      """
    if !waivers.isEmpty {
      out += "INSERT INTO given_waiver VALUES \(waivers.joined(separator: ",\n  "));\n"
    }
    if !explained.isEmpty {
      out += "INSERT INTO explained VALUES \(explained.joined(separator: ", "));\n"
    }
    return out
  }

  private static let footer =
    "\n-- ==== What it comes to\nSELECT line FROM printed ORDER BY rowid;\n"

  private static func section(
    _ control: Control, _ slice: Period, _ evaluator: Evaluator, _ failed: [String: Set<RecordType>]
  ) throws -> String {
    let types = try evaluator.typesRead(control)
    let attributes = control.attributes.map { "(\($0.expr)) AS \"\($0.key)\"" }
    var out = """

      -- ---- \(control.id)  \(oneLine(control.title))
      -- Population: \(oneLine(control.population.of)): \(oneLine(control.population.where))
      \(control.attributes.map { "-- \($0.key)\($0.decides ? "" : " (informs only)"): \(oneLine($0.text))" }.joined(separator: "\n"))
      DELETE FROM outcome; DELETE FROM incomplete; DROP TABLE IF EXISTS temp.judged;
      CREATE TEMP TABLE judged AS WITH population AS (
      \(control.population.sql)
      )
      SELECT item, \(attributes.joined(separator: ",\n  ")) FROM population;

      """
    for attribute in control.attributes where attribute.decides {
      let key = "\"\(attribute.key)\""
      out += """
        INSERT INTO outcome SELECT j.rowid, j.item, '\(attribute.key)', CASE WHEN \(key) IS NULL THEN 'unknown' ELSE 'false' END, \(attribute.attested ? 1 : 0),
          CASE WHEN \(key) IS NOT NULL THEN (SELECT min(w.waiver_id) FROM given_waiver w, as_of WHERE w.control_id = '\(control.id)' AND w.item IN ('', j.item)
            AND w.attribute IN ('', '\(attribute.key)') AND w.approved_at <= as_of.at AND as_of.at < w.expires_at) END
        FROM judged j WHERE \(key) IS NOT TRUE;

        """
    }
    out += incompleteness(control, types, failed)
    out += verdict(control, slice)
    return out
  }

  private static func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }

  private static func incompleteness(
    _ control: Control, _ types: Set<RecordType>, _ failed: [String: Set<RecordType>]
  ) -> String {
    var out = ""
    for type in control.requires {
      out +=
        "INSERT INTO incomplete SELECT 'no evidence about \(type.name)' WHERE NOT EXISTS (SELECT 1 FROM collected WHERE record_type = '\(type.name)');\n"
    }
    if !types.isEmpty {
      let names = types.map { quoted($0.name) }.sorted().joined(separator: ", ")
      out += """
        INSERT INTO incomplete SELECT DISTINCT 'evidence ' || c.evidence || ' is incomplete' FROM collected c JOIN evidence_item e USING (evidence), period p
        WHERE c.complete = 0 AND c.record_type IN (\(names)) AND coalesce(c.covers_to, c.effective_at) >= p.start_at
          AND NOT EXISTS (SELECT 1 FROM collected k JOIN evidence_item o USING (evidence) WHERE k.complete = 1 AND k.record_type = c.record_type
            AND o.source = e.source AND o.evidence > e.evidence AND o.effective_at >= e.effective_at AND coalesce(k.covers_from, 0) <= coalesce(c.covers_from, 0));

        """
    }
    for (source, missing) in failed.sorted(by: { $0.key < $1.key })
    where !missing.isDisjoint(with: types) {
      out += "INSERT INTO incomplete VALUES (\(quoted("source \(source) failed")));\n"
    }
    if let sql = control.completeness.sql {
      out += """
        INSERT INTO incomplete SELECT 'differs from the second source: ' || item FROM (
        \(sql)
        ) WHERE item IS NULL OR item NOT IN (SELECT item FROM explained);

        """
    } else if !control.completeness.isByConstruction {
      out += "INSERT INTO incomplete VALUES ('held against no second source');\n"
    }
    return out + coverage(control)
  }

  private static func coverage(_ control: Control) -> String {
    let limit = (control.maxGapDays ?? 31) * 86400
    if let sql = control.coverage {
      return "DELETE FROM point;\nINSERT INTO point SELECT * FROM (\n\(sql)\n);\n" + gaps(limit)
    }
    return control.requires.filter { $0 != .attestation }.map { type in
      type.isSnapshot
        ? "DELETE FROM point; INSERT INTO point SELECT effective_at FROM collected WHERE record_type = '\(type.name)';\n"
          + gaps(limit)
        : listings(type)
    }.joined()
  }

  /// Neighbouring snapshots further apart than allowed; the period's ends count as neighbours
  /// when no snapshot beyond them is near.
  private static func gaps(_ limit: Int) -> String {
    """
    INSERT INTO incomplete
    WITH w AS (SELECT start_at AS s, min(end_at, at) AS e FROM period, as_of),
      before AS (SELECT max(p.at) AS at FROM point p, w WHERE p.at <= w.s HAVING w.s - max(p.at) <= \(limit)),
      after AS (SELECT min(p.at) AS at FROM point p, w WHERE p.at >= w.e),
      known AS (SELECT at FROM before WHERE at IS NOT NULL UNION SELECT p.at FROM point p, w WHERE p.at > w.s AND p.at < w.e
        UNION SELECT at FROM after WHERE at IS NOT NULL),
      bound AS (SELECT at FROM known UNION SELECT w.s FROM w WHERE NOT EXISTS (SELECT 1 FROM before WHERE at IS NOT NULL)
        UNION SELECT w.e FROM w WHERE NOT EXISTS (SELECT 1 FROM after WHERE at IS NOT NULL))
    SELECT 'no evidence after ' || strftime('%Y-%m-%d', at, 'unixepoch') FROM (SELECT at, lead(at) OVER (ORDER BY at) AS next FROM bound), w
    WHERE w.s < w.e AND (next - at > \(limit) OR (NOT EXISTS (SELECT 1 FROM known) AND next IS NOT NULL));

    """
  }

  private static func listings(_ type: RecordType) -> String {
    """
    DELETE FROM span; INSERT INTO span
    WITH w AS (SELECT start_at AS s, min(end_at, at) AS e FROM period, as_of),
      l AS (SELECT max(coalesce(covers_from, w.s), w.s) AS f, min(coalesce(covers_to, effective_at), w.e) AS t FROM collected, w WHERE record_type = '\(type.name)')
    SELECT f, t FROM l WHERE f < t;
    INSERT INTO incomplete
    WITH w AS (SELECT start_at AS s, min(end_at, at) AS e FROM period, as_of),
      r AS (SELECT f, max(t) OVER (ORDER BY f, t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach FROM span)
    SELECT 'no evidence about \(type.name) from ' || strftime('%Y-%m-%d', coalesce(reach, w.s), 'unixepoch') FROM r, w WHERE f > coalesce(reach, w.s)
    UNION ALL SELECT 'no evidence about \(type.name) at the end' FROM w WHERE w.s < w.e AND coalesce((SELECT max(t) FROM span), w.s) < w.e;

    """
  }

  private static func verdict(_ control: Control, _ slice: Period) -> String {
    let tolerated =
      control.tolerance.rate > 0
      ? "(deviations <= \(control.tolerance.deviations) OR deviations <= \(control.tolerance.rate) * population)"
      : "deviations <= \(control.tolerance.deviations)"
    let head = "'\"\(control.id)\",\"\(slice.id)\",'"
    return """
      INSERT INTO printed
      WITH per_item AS (
        SELECT judged, max(result = 'false' AND NOT attested AND waiver IS NULL) AS deviates, max(result = 'unknown' AND NOT attested) AS is_unknown,
          max(attested) AS pends, max(result = 'false' AND NOT attested AND waiver IS NOT NULL) AS is_waived
        FROM outcome GROUP BY judged
      ), tally AS (
        SELECT (SELECT count(*) FROM judged) AS population, coalesce(sum(deviates), 0) AS deviations,
          coalesce(sum(NOT deviates AND is_unknown), 0) AS unknown,
          coalesce(sum(NOT deviates AND NOT is_unknown AND pends), 0) AS pending,
          coalesce(sum(NOT deviates AND NOT is_unknown AND NOT pends AND is_waived), 0) AS waived
        FROM per_item
      )
      SELECT \(head) || '"verdict","' || CASE
          WHEN NOT \(tolerated) THEN 'fail'
          WHEN EXISTS (SELECT 1 FROM incomplete) THEN 'insufficient_evidence'
          WHEN population = 0 THEN '\(control.empty.rawValue)'
          WHEN unknown > 0 THEN 'insufficient_evidence'
          WHEN pending > 0 THEN 'attestation_pending'
          ELSE 'pass' END || '",' || population || ',' || deviations || ',' || unknown || ',' || waived
      FROM tally;
      INSERT INTO printed SELECT line FROM (
        SELECT \(head) || '"' || attribute || '","' || result || '","' || replace(replace(item, '"', '""'), char(10), ' ') || '","' || coalesce(waiver, '') || '"' AS line FROM outcome)
      ORDER BY line;

      """
  }
}

extension Evaluator {
  /// Record types whose tables a control's SQL reads.
  func typesRead(_ control: Control) throws -> Set<RecordType> {
    let guardian = SQLGuard()
    do {
      for (_, sql) in ControlSQL.pieces(control) { _ = try guardian.compile(sql, on: db) }
    } catch {
      return []
    }
    return Set(guardian.tables.compactMap(Self.type))
  }

  /// The script that recomputes these conclusions; see ``ReperformScript``.
  public func reperformScript(_ conclusions: [Conclusion]) throws -> String {
    // The context of the whole period has to stand, so that the SQL compiles.
    try enter(period)
    return try ReperformScript.script(conclusions, self, failed: failedTypes)
  }
}
