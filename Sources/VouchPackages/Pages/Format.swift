import VouchModel

/// Numbers, dates and sizes as the pages write them. No locale of the machine is asked.
extension Words {
  /// `1,234,567`.
  func number(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var out = value < 0 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { out += self(.formatGroup) }
      out.append(digit)
    }
    return out
  }

  /// At most three decimals, none that is zero: `99.981`.
  func number(_ value: Double) -> String {
    guard value.magnitude < 1e12 else { return value.description }
    let scaled = Int((value * 1000).rounded())
    let decimals = String(String(1000 + Int(scaled.magnitude % 1000)).dropFirst())
    let kept = String(decimals.reversed().drop { $0 == "0" }.reversed())
    let whole = (scaled < 0 ? "−" : "") + number(Int(scaled.magnitude / 1000))
    return kept.isEmpty ? whole : whole + self(.formatDecimal) + kept
  }

  /// `412 bytes`, `1.2 MB`; decimal units, as a file manager shows them.
  func size(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return "\(number((value * 10).rounded() / 10))\u{A0}\(units[unit])"
  }

  /// `2026-07-06 06:00 UTC`; seconds when there are some.
  func instant(_ instant: Instant) -> String {
    let text = instant.iso8601
    let hasSeconds = instant.seconds % 60 != 0
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(hasSeconds ? 8 : 5)) UTC"
  }

  /// The date, or the date and time when it is not midnight.
  func day(_ instant: Instant, in zone: Zone) -> String {
    let local = instant.advanced(by: zone.offset(at: instant))
    if local.seconds.isMultiple(of: 86400) { return local.date }
    return self.instant(instant)
  }

  /// The last day of a span that ends before an instant.
  func lastDay(_ end: Instant, in zone: Zone) -> String {
    let local = end.advanced(by: zone.offset(at: end))
    return local.seconds.isMultiple(of: 86400) ? local.advanced(by: -1).date : instant(end)
  }

  /// First and last day of a half-open span, for readers: the end is its last day.
  func span(_ from: Instant, _ to: Instant, in zone: Zone) -> String {
    let isWholeDay = to.advanced(by: zone.offset(at: to)).seconds.isMultiple(of: 86400)
    return self(
      isWholeDay ? .spanDays : .spanUntil,
      ["from": day(from, in: zone), "to": lastDay(to, in: zone)])
  }

  /// Days of a span of seconds, one decimal when it is not whole.
  func days(_ seconds: Int64) -> String {
    number((Double(seconds) / 8640).rounded() / 10)
  }

  func verdict(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: self(.verdictPass)
    case .fail: self(.verdictFail)
    case .notOperated: self(.verdictNotOperated)
    case .insufficientEvidence: self(.verdictInsufficientEvidence)
    case .attestationPending: self(.verdictAttestationPending)
    case .notApplicable: self(.verdictNotApplicable)
    }
  }

  func truth(_ truth: Truth) -> String {
    switch truth {
    case .true: self(.truthTrue)
    case .false: self(.truthFalse)
    case .unknown: self(.truthUnknown)
    }
  }

  func category(_ category: Category) -> String {
    switch category {
    case .security: self(.categorySecurity)
    case .availability: self(.categoryAvailability)
    case .processingIntegrity: self(.categoryProcessingIntegrity)
    case .confidentiality: self(.categoryConfidentiality)
    case .privacy: self(.categoryPrivacy)
    }
  }

  /// `per event` for `per_event`: the language's own words when it has some.
  func term(_ group: String, _ value: String) -> String {
    optional("\(group).\(value)") ?? value.replacing("_", with: " ")
  }
}
