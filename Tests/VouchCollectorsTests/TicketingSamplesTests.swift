import Testing

@testable import VouchCollectors

struct TicketingSamplesTests {
  @Test func readsEverySample() throws {
    try expectSampleFacts(of: "ticketing", zone: "America/Sao_Paulo")
  }
}

struct TicketWordsTests {
  @Test(arguments: [
    ("P1", "critical"), ("P2", "high"), ("sev-3", "medium"), ("Severity 4", "low"),
    ("1 - Critical", "critical"), ("5 - Planning", "low"), ("Highest", "critical"),
    ("severity: high", nil), ("Major", "high"), ("3", "medium"), ("50", nil), ("", nil),
    ("Whenever", nil), ("critical (S1)", "critical"),
  ]) func ratesTheUsualWords(_ written: String, _ severity: String?) {
    #expect(defaultTicketSeverity(written) == severity)
  }

  @Test(arguments: [
    ("Waiting for customer", "waiting_for_customer"), ("Pending reporter", "waiting_for_customer"),
    ("On hold - vendor", "waiting_for_vendor"), ("In progress", nil), ("On Hold", nil),
    ("Customer escalation", nil),
  ]) func stopsTheClockOnlyWhileSomebodyElseIsWaitedFor(_ status: String, _ reason: String?) {
    #expect(defaultPauseReason(status) == reason)
  }
}
