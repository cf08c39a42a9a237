// Pages work without any of this; each module makes one thing smoother.
import './error-summary.js'
import './submit-once.js'
import './copy-link.js'
import './menu.js'
import './confirm.js'
import './pocket-offer.js'
