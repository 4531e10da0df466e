/** The user's permissions, as features ask for them. Components bind it to `wx`. */
export interface PermissionPort {
  /** Asks the user where that was not done yet. False when it is not allowed. Never rejects. */
  request(scope: string): Promise<boolean>;
  /** Opens the app's settings: only in answer to a tap. Whether it is allowed afterwards. Never rejects. */
  openSettings(scope: string): Promise<boolean>;
}

export const RECORD_SCOPE = 'scope.record';
export const CAMERA_SCOPE = 'scope.camera';
export const ALBUM_SCOPE = 'scope.writePhotosAlbum';
