//! The form for settings, what it refuses, and that what it says holds at once.

use crate::roles::{Role, put};
use crate::testing::{app, cookie_of, letter_to, member, on_both, send};

#[test]
fn settings_hold_at_once_and_refusals_keep_what_was_typed() {
    on_both(|db| {
        let app = app(db);
        let ana = member(&app.db, "Ana Ruiz");
        app.db.write_here(|tx| put(tx, ana, Role::Admin)).unwrap();
        let anas = cookie_of(&app, ana);
        let form = |more: &str| {
            format!(
                "network=Harbour+Circle&operator=Harbour+GmbH&contact=privacy%40harbour.example&law=member&health=off\
                 &settlement=open&keep_notices=90&keep_letters=200&{more}"
            )
        };
        let bad = send(
            &app,
            "/admin/settings",
            &anas,
            Some(&form("join=open&open=no&founders=nobody-here&fields=99-9999.99+off")),
        );
        assert_eq!(bad.status.as_u16(), 422);
        assert!(
            bad.body.contains("no member with the page /people/nobody-here") && bad.body.contains("99-9999.99 off")
        );
        assert!(bad.body.contains("Harbour GmbH"), "what was typed is kept");
        assert!(!send(&app, "/about", "", None).body.contains("Harbour"), "nothing was stored");

        let good = form("join=invitation&open=no&founders=ana-ruiz&fields=27-1023.00+off%0A");
        assert_eq!(send(&app, "/admin/settings", &anas, Some(&good)).status.as_u16(), 303);
        let about = send(&app, "/about", "", None).body;
        assert!(about.contains("Harbour Circle") && about.contains("Harbour GmbH"), "{about}");
        assert!(send(&app, "/privacy", "", None).body.contains("privacy@harbour.example"));
        // Closed now: the demo started open.
        assert_eq!(send(&app, "/people", "", None).status.as_u16(), 303);
        send(&app, "/sign-in", "", Some("email=stranger%40example.org"));
        assert_eq!(letter_to(&app, "stranger@example.org"), "", "nobody joins by themselves any more");
        let results = send(&app, "/recommendations?need=a+florist&field=27-1023.00", &anas, None).body;
        assert!(results.contains("switched off on this network"), "{results}");
        // The log says what changed, not to what.
        let log = send(&app, "/admin/audit", &anas, None).body;
        assert!(log.contains("privacy contact") && !log.contains("privacy@harbour.example"), "{log}");
        let shown = send(&app, "/admin/settings", &anas, None).body;
        assert!(shown.contains("ana-ruiz") && shown.contains("27-1023.00 off"));
    });
}
