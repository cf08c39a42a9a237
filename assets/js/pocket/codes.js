// The code shown at the door, scanned or typed: the sheet knows each by a salted hash, so that it can be read without network.
const LOOKALIKES = { 0: 'O', 1: 'I', 8: 'B' }

async function hash(text) {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

// Returns the person of the sheet whose code it is; 'elsewhere' for a scanned code of another meeting, null for none.
export async function findPerson(sheet, typed) {
  const [signup, scanned] = typed.trim().split('-').length === 2 && typed.length > 12 ? typed.trim().split('-') : [null, typed]
  const code = scanned.replace(/[\s-]/g, '').toUpperCase().replace(/[018]/g, (letter) => LOOKALIKES[letter])
  const wanted = await hash(sheet.salt + code)
  const person = sheet.people.find((one) => one.code === wanted && (!signup || one.id === signup))
  return person ?? (signup ? 'elsewhere' : null)
}

export const canScan = () => 'BarcodeDetector' in window && Boolean(navigator.mediaDevices?.getUserMedia)

// Shows the camera in `video` and calls `found` for each code it sees, until the function it returns is called.
export async function scan(video, found) {
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  video.srcObject = stream
  await video.play()
  let last = ''
  const timer = setInterval(async () => {
    const [code] = await detector.detect(video).catch(() => [])
    if (!code || code.rawValue === last) return
    last = code.rawValue
    found(last)
  }, 300)
  return () => {
    clearInterval(timer)
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}
